import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileEntry } from '@podex/contracts/files';
import { type TrashListing, trashEntry, trashListing } from '@podex/contracts/trash';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query, type TestResponse } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let files: FilesClient;
let home: string;
const inTrash = (...parts: string[]) => path.join(home, '.local/share/Trash', ...parts);

beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());
beforeEach(() => daemon.client.send('DELETE', '/files/trash'));

const trash = (file: string, headers = {}): Promise<TestResponse> =>
  daemon.client.send('POST', '/files/trash', { json: { path: file }, headers });
const restore = (json: object): Promise<TestResponse> =>
  daemon.client.send('POST', '/files/trash/restore', { json });
const list = async (): Promise<TrashListing> =>
  (await daemon.client.send('GET', '/files/trash')).json(trashListing);

describe('the trash', () => {
  it('keeps what was deleted where desktop programs look for it, and gives it back', async () => {
    await files.write('work/a file, 50%.txt', 'mine');
    const put = (await trash('work/a file, 50%.txt')).json(trashEntry);
    expect(put).toMatchObject({
      trash_id: 'a file, 50%.txt',
      original_path: path.join(home, 'work/a file, 50%.txt'),
      entry: { type: 'file', size: 4 },
    });
    expect((await files.read('work/a file, 50%.txt')).code).toBe('file_not_found');
    const info = await readFile(inTrash('info', 'a file, 50%.txt.trashinfo'), 'utf8');
    expect(info).toMatch(
      /^\[Trash Info\]\nPath=\/\S+\/work\/a%20file,%2050%25\.txt\nDeletionDate=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\n$/,
    );
    await rm(path.join(home, 'work'), { recursive: true });
    const back = (await restore({ trash_id: put.trash_id })).json(fileEntry);
    expect(back.path).toBe(put.original_path);
    expect((await files.read('work/a file, 50%.txt')).body.toString()).toBe('mine');
    expect(await readdir(inTrash('info'))).toEqual([]);
  });

  it('tells things of one name apart, lists the last first, and says how large it is', async () => {
    for (const text of ['one', 'two', 'three']) {
      await files.write('same.txt', text);
      expect((await trash('same.txt')).status).toBe(200);
    }
    await files.write('folder/deep/file', 'x'.repeat(5_000));
    await trash('folder');
    const { entries, size, size_is_minimum, truncated } = await list();
    expect(entries.map(({ trash_id }) => trash_id).sort()).toEqual([
      'folder',
      'same.2.txt',
      'same.3.txt',
      'same.txt',
    ]);
    expect({ size_is_minimum, truncated }).toEqual({ size_is_minimum: false, truncated: false });
    expect(size).toBeGreaterThan(5_011);
    expect((await restore({ trash_id: 'same.2.txt' })).status).toBe(200);
    expect((await files.read('same.txt')).body.toString()).toBe('two');
    expect(refusal(await restore({ trash_id: 'same.3.txt' }))).toEqual([409, 'file_exists']);
    expect((await files.read('same.txt')).body.toString()).toBe('two');
    expect((await restore({ trash_id: 'same.3.txt', to: 'other/place.txt' })).status).toBe(200);
    expect((await files.read('other/place.txt')).body.toString()).toBe('three');
  });

  it('deletes one thing for good, or all, and nothing that a link in it leads to', async () => {
    await mkdir(path.join(home, 'kept'), { recursive: true });
    await writeFile(path.join(home, 'kept/file'), 'kept');
    await symlink(path.join(home, 'kept'), path.join(home, 'link'));
    await files.write('gone', 'x');
    await trash('link');
    await trash('gone');
    const one = await daemon.client.send('DELETE', `/files/trash?${query({ trash_id: 'gone' })}`);
    expect(one.status).toBe(204);
    expect((await list()).entries.map(({ trash_id }) => trash_id)).toEqual(['link']);
    expect((await daemon.client.send('DELETE', '/files/trash')).status).toBe(204);
    expect(await list()).toMatchObject({ entries: [], size: 0 });
    expect(await readFile(path.join(home, 'kept/file'), 'utf8')).toBe('kept');
  });

  it('takes names that are no UTF-8, and long ones', async () => {
    const raw = `raw\u{10feb1}`;
    const long = `${'ü'.repeat(120)}.txt`;
    for (const name of [raw, long]) {
      await files.write(name, name);
      const put = (await trash(name)).json(trashEntry);
      expect(put.original_path).toBe(path.join(home, name));
      expect((await restore({ trash_id: put.trash_id })).status).toBe(200);
      expect((await files.read(name)).body.toString()).toBe(name);
    }
  });

  it('refuses the home, itself, what is in it already, and names that lead out of it', async () => {
    await files.write('x', 'x');
    await trash('x');
    expect(refusal(await trash(home))).toEqual([403, 'forbidden']);
    for (const file of [inTrash(), inTrash('files/x'), path.join(home, '.local')]) {
      expect([file, ...refusal(await trash(file))]).toEqual([file, 409, 'conflict']);
    }
    for (const id of ['..', '../info/x.trashinfo', '.', 'a/b']) {
      expect([id, ...refusal(await restore({ trash_id: id, to: 'y' }))]).toEqual([
        id,
        400,
        'invalid_request',
      ]);
      const emptied = await daemon.client.send('DELETE', `/files/trash?${query({ trash_id: id })}`);
      expect([id, ...refusal(emptied)]).toEqual([id, 400, 'invalid_request']);
    }
    expect(refusal(await trash('not-there'))).toEqual([404, 'file_not_found']);
    expect(refusal(await restore({ trash_id: 'not-there' }))).toEqual([404, 'file_not_found']);
    expect((await list()).entries).toHaveLength(1);
  });

  it('does not believe what another program wrote about where things were', async () => {
    await mkdir(inTrash('files'), { recursive: true });
    for (const [name, info] of [
      ['relative', '[Trash Info]\nPath=../../etc/x\n'],
      ['nul', '[Trash Info]\nPath=/tmp/%00x\n'],
      ['none', undefined],
      ['noise', 'x'.repeat(100_000)],
    ] as const) {
      await writeFile(inTrash('files', name), '');
      if (info !== undefined) await writeFile(inTrash('info', `${name}.trashinfo`), info);
      expect([name, ...refusal(await restore({ trash_id: name }))]).toEqual([name, 400, 'invalid_request']);
    }
    await symlink('/dev/zero', inTrash('info', 'endless.trashinfo'));
    await writeFile(inTrash('files', 'endless'), '');
    const { entries } = await list();
    expect(entries.map(({ original_path }) => original_path)).toEqual(Array(5).fill(null));
  });

  it.runIf(isRoot)('says so of a disk that has no trash', async () => {
    const elsewhere = path.join('/dev/shm', `podex-trash-${process.pid}`);
    await mkdir(elsewhere);
    await writeFile(path.join(elsewhere, 'file'), 'x');
    // Whatever the umask.
    await chmod(elsewhere, 0o777);
    try {
      const refused = await trash(path.join(elsewhere, 'file'));
      expect(refusal(refused)).toEqual([409, 'conflict']);
      expect(refused.body.toString()).toContain('another disk');
      expect(await readFile(path.join(elsewhere, 'file'), 'utf8')).toBe('x');
      expect((await list()).entries).toEqual([]);
      expect(await readdir(inTrash('info'))).not.toContain('file.trashinfo');
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('does a keyed deletion once', async () => {
    await files.write('once', 'first');
    const headers = { 'idempotency-key': 'trash-once' };
    const first = (await trash('once', headers)).json(trashEntry);
    await files.write('once', 'second');
    const again = await trash('once', headers);
    expect(again.json(trashEntry).trash_id).toBe(first.trash_id);
    expect((await files.read('once')).body.toString()).toBe('second');
  });
});
