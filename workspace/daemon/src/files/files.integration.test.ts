import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { editFileResult, fileEntry, fileListing } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentPath, FilesClient, refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import { query, type UnixClient } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let client: UnixClient;
let files: FilesClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
  files = new FilesClient(client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const onDisk = (file: string) => readFile(path.join(home, file), 'utf8');

describe('reading and listing', () => {
  it('lists folders first, then by name, links as links', async () => {
    await client.send('POST', '/files/mkdir', { json: { path: 'list/zoo' } });
    await files.write('list/b.txt', 'b');
    await files.write('list/a.txt', 'aa');
    await symlink('zoo', path.join(home, 'list/link'));
    const listing = (await files.list('list')).json(fileListing);
    expect(listing.entry).toMatchObject({ name: 'list', type: 'directory', path: path.join(home, 'list') });
    expect(listing.children?.map(({ name, type, size }) => [name, type, size])).toEqual([
      ['zoo', 'directory', expect.any(Number)],
      ['a.txt', 'file', 2],
      ['b.txt', 'file', 1],
      ['link', 'symlink', 3],
    ]);
    expect(listing.truncated).toBe(false);
    const linked = (await files.list('list/link')).json(fileListing);
    expect(linked).toMatchObject({ entry: { type: 'symlink' }, children: [] });
  });

  it('gives back any bytes as they were written, by absolute path too', async () => {
    const bytes = randomBytes(300_000);
    await files.write('binary', bytes);
    const response = await files.read(path.join(home, 'binary'));
    expect(response.body.equals(bytes)).toBe(true);
    expect(response.headers['content-length']).toBe('300000');
  });

  it('honours ranges and etags', async () => {
    await files.write('digits', '0123456789');
    const whole = await files.read('digits');
    const etag = String(whole.headers.etag);
    expect((await files.read('digits', { range: 'bytes=2-4' })).body.toString()).toBe('234');
    const end = await files.read('digits', { range: 'bytes=-3' });
    expect([end.status, end.headers['content-range'], end.body.toString()]).toEqual([
      206,
      'bytes 7-9/10',
      '789',
    ]);
    const beyond = await files.read('digits', { range: 'bytes=10-' });
    expect([...refusal(beyond), beyond.headers['content-range']]).toEqual([
      416,
      'range_not_satisfiable',
      'bytes */10',
    ]);
    expect((await files.read('digits', { 'if-none-match': etag })).status).toBe(304);
    expect((await files.read('digits', { 'if-range': '"other"', range: 'bytes=0-0' })).status).toBe(200);
    const head = await client.send('HEAD', contentPath('digits'));
    expect([head.headers['content-length'], head.body.length]).toEqual(['10', 0]);
  });

  it('says what cannot be read and why', async () => {
    execFileSync('mkfifo', [path.join(home, 'pipe')]);
    expect(refusal(await files.read('missing'))).toEqual([404, 'file_not_found']);
    expect(refusal(await files.read('list'))).toEqual([409, 'file_is_directory']);
    expect(refusal(await files.read('pipe'))).toEqual([400, 'invalid_request']);
    expect(refusal(await files.read('digits/below'))).toEqual([409, 'file_not_directory']);
    expect(refusal(await client.send('GET', '/files/content'))).toEqual([400, 'invalid_request']);
  });
});

describe.runIf(isRoot)('rights', () => {
  it('are the user’s: what is root’s alone can be neither read nor listed nor written', async () => {
    const { statePath } = daemon.folders;
    const secret = path.join(statePath, 'secret');
    await writeFile(secret, 'root only', { mode: 0o600 });
    expect(refusal(await files.read(secret))).toEqual([403, 'forbidden']);
    expect(refusal(await files.list(statePath))).toEqual([403, 'forbidden']);
    expect(refusal(await files.write(secret, 'mine'))).toEqual([403, 'forbidden']);
    expect(refusal(await files.write('/etc/podex-test', 'mine'))).toEqual([403, 'forbidden']);
    expect(refusal(await files.read('/etc/shadow'))).toEqual([403, 'forbidden']);
    expect(refusal(await files.delete(secret))).toEqual([403, 'forbidden']);
    expect(
      (await client.send('GET', `/search?${query({ q: 'root only', path: statePath })}`)).body.toString(),
    ).not.toContain(secret);
  });

  it('hold through links as well, and through .. in paths', async () => {
    const { statePath } = daemon.folders;
    await symlink(statePath, path.join(home, 'sneaky'));
    expect(refusal(await files.read('sneaky/secret'))).toEqual([403, 'forbidden']);
    expect(refusal(await files.read('../state/secret'))).toEqual([403, 'forbidden']);
  });

  it('make new files the user’s own', async () => {
    await files.write('own/file', 'x');
    for (const file of ['own', 'own/file']) {
      expect((await stat(path.join(home, file))).uid).toBe(daemon.folders.user.uid);
    }
    expect((await stat(path.join(home, 'own/file'))).mode & 0o777).toBe(0o644);
  });
});

describe('writing', () => {
  it('replaces the whole file, keeps its mode, makes parents, leaves nothing beside it', async () => {
    await files.write('deep/er/script', 'one');
    execFileSync('chmod', ['4751', path.join(home, 'deep/er/script')]);
    const entry = (await files.write('deep/er/script', 'two')).json(fileEntry);
    expect(entry).toMatchObject({ size: 3, mode: 0o4751, type: 'file' });
    expect(await readdir(path.join(home, 'deep/er'))).toEqual(['script']);
    expect((await files.read('deep/er/script')).headers.etag).toBe(entry.etag);
  });

  it('goes through links to what they name, dangling ones too', async () => {
    await symlink('real.txt', path.join(home, 'alias.txt'));
    await files.write('alias.txt', 'through');
    expect(await readlink(path.join(home, 'alias.txt'))).toBe('real.txt');
    expect(await onDisk('real.txt')).toBe('through');
  });

  it('is guarded by If-Match and If-None-Match', async () => {
    const first = (await files.write('guarded', 'one', { 'if-none-match': '*' })).json(fileEntry);
    expect(refusal(await files.write('guarded', 'two', { 'if-none-match': '*' }))).toEqual([
      412,
      'file_changed',
    ]);
    const second = (await files.write('guarded', 'two', { 'if-match': first.etag })).json(fileEntry);
    expect(refusal(await files.write('guarded', 'three', { 'if-match': first.etag }))).toEqual([
      412,
      'file_changed',
    ]);
    expect(second.etag).not.toBe(first.etag);
    expect(await onDisk('guarded')).toBe('two');
    expect(refusal(await files.write('not there', 'x', { 'if-match': first.etag }))).toEqual([
      412,
      'file_changed',
    ]);
  });

  it('gives every write an etag of its own, however fast they follow', async () => {
    const etags = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      etags.add((await files.write('fast', String(index % 10))).json(fileEntry).etag);
    }
    expect(etags.size).toBe(20);
  });

  it('lets one of many exclusive writers win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        files.write('race', `writer ${index}`, { 'if-none-match': '*' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 412),
    ]);
  });

  it('that breaks off half-way changes nothing', async () => {
    await files.write('precious', 'old');
    const half = Readable.from(
      (async function* () {
        yield 'new but incomplete';
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error('cut');
      })(),
    );
    const controller = new AbortController();
    half.on('error', () => controller.abort());
    const options = { body: half, signal: controller.signal, headers: { 'content-length': 100 } };
    await expect(client.send('PUT', contentPath('precious'), options)).rejects.toThrow();
    await until(async () => !(await readdir(home)).some((name) => name.endsWith('.tmp')));
    expect(await onDisk('precious')).toBe('old');
  });

  it('streams large files both ways', async () => {
    const piece = randomBytes(1_048_576);
    const hash = createHash('sha256');
    const source = Readable.from(
      (function* () {
        for (let index = 0; index < 64; index += 1) {
          hash.update(piece);
          yield piece;
        }
      })(),
    );
    expect((await files.write('large', source)).json(fileEntry).size).toBe(64 * 1_048_576);
    const download = createHash('sha256');
    for await (const chunk of await client.open('GET', contentPath('large'))) download.update(chunk);
    expect(download.digest('hex')).toBe(hash.digest('hex'));
  });

  it('refuses folders and devices', async () => {
    expect(refusal(await files.write('deep', 'x'))).toEqual([409, 'file_is_directory']);
    expect(refusal(await files.write('/dev/null', 'x'))).toEqual([400, 'invalid_request']);
  });
});

describe('editing', () => {
  it('replaces the one passage, keeping line ends and mode', async () => {
    await files.write('crlf.txt', 'one\r\ntwo\r\nthree\r\n');
    execFileSync('chmod', ['755', path.join(home, 'crlf.txt')]);
    const result = await files.edit({ path: 'crlf.txt', old_text: 'one\ntwo', new_text: 'ONE\nTWO\nAND' });
    expect(result.json(editFileResult)).toMatchObject({ replacements: 1, entry: { mode: 0o755 } });
    expect(await onDisk('crlf.txt')).toBe('ONE\r\nTWO\r\nAND\r\nthree\r\n');
  });

  it('wants the passage to be there, and there only once', async () => {
    await files.write('twice', 'a b a');
    expect(refusal(await files.edit({ path: 'twice', old_text: 'c', new_text: 'd' }))).toEqual([
      409,
      'text_not_found',
    ]);
    const twice = await files.edit({ path: 'twice', old_text: 'a', new_text: 'd' });
    expect([twice.code, JSON.parse(twice.body.toString()).error.context.count]).toEqual([
      'text_not_unique',
      2,
    ]);
    await files.edit({ path: 'twice', old_text: 'a', new_text: 'd', replace_all: true });
    expect(await onDisk('twice')).toBe('d b d');
    expect(refusal(await files.edit({ path: 'none', old_text: 'a', new_text: 'b' }))).toEqual([
      404,
      'file_not_found',
    ]);
  });

  it('of many at once loses none', async () => {
    await files.write('counters', 'a0 b0 c0 d0');
    const edits = ['a', 'b', 'c', 'd'].map((name) =>
      files.edit({ path: 'counters', old_text: `${name}0`, new_text: `${name}1` }),
    );
    expect((await Promise.all(edits)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await onDisk('counters')).toBe('a1 b1 c1 d1');
  });
});

describe('moving and deleting', () => {
  it('moves files and folders, over what is there only when told to', async () => {
    await files.write('from/a', 'a');
    await files.write('to/b', 'b');
    expect(refusal(await files.move({ from: 'from', to: 'to' }))).toEqual([409, 'file_exists']);
    expect((await files.move({ from: 'from', to: 'new/place' })).json(fileEntry).path).toBe(
      path.join(home, 'new/place'),
    );
    expect((await files.move({ from: 'new/place', to: 'to', overwrite: true })).status).toBe(200);
    expect(await readdir(path.join(home, 'to'))).toEqual(['a']);
    expect((await readdir(home)).filter((name) => name.startsWith('.podex'))).toEqual([]);
    expect(refusal(await files.move({ from: 'to', to: 'to/inside' }))).toEqual([400, 'invalid_request']);
    expect(refusal(await files.move({ from: 'gone', to: 'x' }))).toEqual([404, 'file_not_found']);
  });

  it('deletes folders with all in them, links without what they name, and never the home', async () => {
    await files.write('doomed/deep/file', 'x');
    await files.write('kept', 'x');
    await symlink(path.join(home, 'kept'), path.join(home, 'doomed/link'));
    expect((await files.delete('doomed')).status).toBe(204);
    expect(await onDisk('kept')).toBe('x');
    expect(refusal(await files.delete('doomed'))).toEqual([404, 'file_not_found']);
    for (const file of ['.', '/', path.dirname(home)]) {
      expect(refusal(await files.delete(file))).toEqual([403, 'forbidden']);
    }
  });
});

it('has an error for unknown routes and methods', async () => {
  expect(refusal(await client.send('GET', '/nothing'))).toEqual([404, 'not_found']);
  expect(refusal(await client.send('PATCH', '/files'))).toEqual([405, 'method_not_allowed']);
  expect(refusal(await client.send('DELETE', `/guard?${query({ path: 'x' })}`))).toEqual([404, 'not_found']);
});
