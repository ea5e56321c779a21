import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { fileEntry } from '@podex/contracts/files';
import { newId } from '@podex/contracts/ids';
import { UPLOAD_LIFETIME_MS, UPLOADS_MAX, upload } from '@podex/contracts/uploads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import type { TestResponse } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let files: FilesClient;
let home: string;
beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const waiting = (...parts: string[]) => path.join(home, '.cache/podex/uploads', ...parts);
const onDisk = (file: string) => readFile(path.join(home, file));
const at = (id: string) => `/files/uploads/${id}`;

function begin(id: string, input: object): Promise<TestResponse> {
  return daemon.client.send('PUT', at(id), { json: input });
}
function add(id: string, offset: number, body: Buffer | string): Promise<TestResponse> {
  return daemon.client.send('PATCH', `${at(id)}?offset=${offset}`, { body });
}
const finish = (id: string, headers = {}) => daemon.client.send('POST', `${at(id)}/finish`, { headers });
const offsetOf = async (id: string) => (await daemon.client.send('GET', at(id))).json(upload).offset;

describe('an upload', () => {
  it('arrives in parts and takes its place as a whole', async () => {
    const content = randomBytes(3_000_000);
    const id = newId('upload');
    const begun = (await begin(id, { path: 'new/folder/big', size: content.length })).json(upload);
    expect(begun).toMatchObject({ upload_id: id, offset: 0, size: content.length });
    expect((await add(id, 0, content.subarray(0, 1_000_000))).json(upload).offset).toBe(1_000_000);
    expect(refusal(await finish(id))).toEqual([409, 'conflict']);
    expect((await files.read('new/folder/big')).code).toBe('file_not_found');
    expect((await begin(id, { path: 'new/folder/big', size: content.length })).json(upload).offset).toBe(
      1_000_000,
    );
    await add(id, 1_000_000, content.subarray(1_000_000));
    const entry = (await finish(id)).json(fileEntry);
    expect(entry).toMatchObject({ path: path.join(home, 'new/folder/big'), size: content.length });
    expect((await onDisk('new/folder/big')).equals(content)).toBe(true);
    expect(await readdir(waiting())).toEqual([]);
    expect(refusal(await finish(id))).toEqual([404, 'not_found']);
  });

  it('goes on where a broken connection left it, and with an idle one still open', async () => {
    const id = newId('upload');
    await begin(id, { path: 'resumed', size: 10 });
    const silent = connect(daemon.folders.socketPath);
    silent.on('error', () => undefined);
    silent.write(`PATCH ${at(id)}?offset=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabcd`);
    await until(async () => (await offsetOf(id)) === 4);
    expect(refusal(await add(id, 2, 'xx'))).toEqual([409, 'conflict']);
    expect((await add(id, 4, 'efghij')).json(upload).offset).toBe(10);
    silent.destroy();
    expect((await finish(id)).status).toBe(200);
    expect((await onDisk('resumed')).toString()).toBe('abcdefghij');
  });

  it('keeps the mode and the name of the file that it replaces, also through a link', async () => {
    await files.write('tool', 'old');
    await daemon.client.send('PUT', `/commands/${newId('command')}?wait_ms=5000`, {
      json: { command: 'chmod 750 tool; ln -s tool link' },
    });
    const id = newId('upload');
    await begin(id, { path: 'link', size: 3 });
    await add(id, 0, 'new');
    expect((await finish(id)).status).toBe(200);
    expect((await onDisk('tool')).toString()).toBe('new');
    expect((await stat(path.join(home, 'tool'))).mode & 0o777).toBe(0o750);
  });

  it('replaces nothing that was changed, and can be finished once that is settled', async () => {
    const one = newId('upload');
    const other = newId('upload');
    for (const [id, text] of [
      [one, 'one'],
      [other, 'two'],
    ] as const) {
      await begin(id, { path: 'contested', size: 3, if_none_match: '*' });
      await add(id, 0, text);
    }
    const [first, second] = await Promise.all([finish(one), finish(other)]);
    expect([first.status, second.status].sort()).toEqual([200, 412]);
    const won = first.status === 200 ? 'one' : 'two';
    expect((await onDisk('contested')).toString()).toBe(won);
    const lost = first.status === 200 ? other : one;
    expect(await offsetOf(lost)).toBe(3);
    await rm(path.join(home, 'contested'));
    expect((await finish(lost)).status).toBe(200);
    const { etag } = (await files.write('guarded', 'v1')).json(fileEntry);
    const third = newId('upload');
    await begin(third, { path: 'guarded', size: 1, if_match: etag });
    await add(third, 0, 'x');
    await files.write('guarded', 'v2');
    expect(refusal(await finish(third))).toEqual([412, 'file_changed']);
    expect((await onDisk('guarded')).toString()).toBe('v2');
    expect((await begin(newId('upload'), { path: 'guarded', size: 1, if_none_match: '*' })).status).toBe(412);
  });

  it('makes the folder of its target again, and is not led away by a link that is put there', async () => {
    const id = newId('upload');
    await files.write('target/other', 'x');
    await files.write('secret', 'secret');
    await begin(id, { path: 'target/file', size: 2 });
    await add(id, 0, 'up');
    await rm(path.join(home, 'target'), { recursive: true });
    expect((await finish(id)).status).toBe(200);
    expect((await onDisk('target/file')).toString()).toBe('up');
    const exclusive = newId('upload');
    await begin(exclusive, { path: 'target/new', size: 2, if_none_match: '*' });
    await add(exclusive, 0, 'up');
    await symlink('../secret', path.join(home, 'target/new'));
    expect(refusal(await finish(exclusive))).toEqual([412, 'file_changed']);
    expect((await onDisk('secret')).toString()).toBe('secret');
  });

  it('does not follow a link that its user puts among what waits', async () => {
    const id = newId('upload');
    await files.write('precious', 'precious');
    await begin(id, { path: 'x', size: 100 });
    await rm(waiting(`${id}.part`));
    await symlink(path.join(home, 'precious'), waiting(`${id}.part`));
    const size = (await daemon.client.send('GET', at(id))).json(upload).offset;
    expect((await add(id, size, 'overwritten')).status).toBeGreaterThanOrEqual(400);
    expect((await onDisk('precious')).toString()).toBe('precious');
    expect((await daemon.client.send('DELETE', at(id))).status).toBe(204);
    expect((await onDisk('precious')).toString()).toBe('precious');
  });
});

describe('uploads that are refused', () => {
  it('have names that lead elsewhere or cannot be seen', async () => {
    for (const name of ['../x', 'a/../../x', 'a/./b', 'two\nlines', 'bell\u0007', 'del\u007f']) {
      const refused = await begin(newId('upload'), { path: name, size: 1 });
      expect([name, ...refusal(refused)]).toEqual([name, 400, 'invalid_request']);
    }
    expect(refusal(await begin(newId('upload'), { path: '.', size: 1 }))).toEqual([400, 'invalid_request']);
    expect(refusal(await begin('not-an-id', { path: 'x', size: 1 }))).toEqual([400, 'invalid_request']);
    expect(refusal(await begin('..%2f..%2fx', { path: 'x', size: 1 }))).toEqual([400, 'invalid_request']);
  });

  it('are larger than they said, than the disk, or another upload', async () => {
    const id = newId('upload');
    await begin(id, { path: 'small', size: 3 });
    expect(refusal(await add(id, 0, 'abcd'))).toEqual([413, 'too_large']);
    expect(refusal(await begin(id, { path: 'small', size: 4 }))).toEqual([409, 'conflict']);
    const full = await begin(newId('upload'), { path: 'huge', size: Number.MAX_SAFE_INTEGER });
    expect(refusal(full)).toEqual([507, 'disk_full']);
    expect((await daemon.client.send('DELETE', at(id))).status).toBe(204);
    expect(refusal(await daemon.client.send('GET', at(id)))).toEqual([404, 'not_found']);
    expect((await readdir(waiting())).filter((name) => name.startsWith(id))).toEqual([]);
  });

  it('are too many, until those of yesterday are gone', async () => {
    const ids = Array.from({ length: UPLOADS_MAX }, () => newId('upload'));
    for (const id of ids) {
      const { status } = await begin(id, { path: `many/${id}`, size: 1 });
      if (status !== 200) break;
    }
    expect(refusal(await begin(newId('upload'), { path: 'one-more', size: 1 }))).toEqual([409, 'conflict']);
    const yesterday = new Date(Date.now() - UPLOAD_LIFETIME_MS - 60_000);
    for (const name of await readdir(waiting())) await utimes(waiting(name), yesterday, yesterday);
    await writeFile(waiting('not-ours'), '');
    const id = newId('upload');
    expect((await begin(id, { path: 'one-more', size: 1 })).status).toBe(200);
    expect((await readdir(waiting())).sort()).toEqual([`${id}.json`, `${id}.part`, 'not-ours'].sort());
  });
});
