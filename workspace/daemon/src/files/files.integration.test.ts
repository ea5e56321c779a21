import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { editFileResult, fileEntry, fileListing, searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DaemonProcess,
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  until,
} from '../testing/test-daemon.ts';
import { query, type TestRequest, type TestResponse, type UnixClient } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let client: UnixClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const content = (file: string) => `/files/content?${query({ path: file })}`;
const write = (file: string, body: TestRequest['body'], headers = {}) =>
  client.send('PUT', content(file), { headers, ...(body === undefined ? {} : { body }) });
const read = (file: string, headers = {}) => client.send('GET', content(file), { headers });
const edit = (input: object, headers = {}) => client.send('POST', '/files/edit', { json: input, headers });
const refusal = ({ status, code }: TestResponse) => [status, code];
const onDisk = (file: string) => readFile(path.join(home, file), 'utf8');

describe('reading and listing', () => {
  it('lists folders first, then by name, links as links', async () => {
    await client.send('POST', '/files/mkdir', { json: { path: 'list/zoo' } });
    await write('list/b.txt', 'b');
    await write('list/a.txt', 'aa');
    await symlink('zoo', path.join(home, 'list/link'));
    const listing = (await client.send('GET', `/files?${query({ path: 'list' })}`)).json(fileListing);
    expect(listing.entry).toMatchObject({ name: 'list', type: 'directory', path: path.join(home, 'list') });
    expect(listing.children?.map(({ name, type, size }) => [name, type, size])).toEqual([
      ['zoo', 'directory', expect.any(Number)],
      ['a.txt', 'file', 2],
      ['b.txt', 'file', 1],
      ['link', 'symlink', 3],
    ]);
    expect(listing.truncated).toBe(false);
    const linked = (await client.send('GET', `/files?${query({ path: 'list/link' })}`)).json(fileListing);
    expect(linked).toMatchObject({ entry: { type: 'symlink' }, children: [] });
  });

  it('gives back any bytes as they were written, by absolute path too', async () => {
    const bytes = randomBytes(300_000);
    await write('binary', bytes);
    const response = await read(path.join(home, 'binary'));
    expect(response.body.equals(bytes)).toBe(true);
    expect(response.headers['content-length']).toBe('300000');
  });

  it('honours ranges and etags', async () => {
    await write('digits', '0123456789');
    const whole = await read('digits');
    const etag = String(whole.headers.etag);
    expect((await read('digits', { range: 'bytes=2-4' })).body.toString()).toBe('234');
    const end = await read('digits', { range: 'bytes=-3' });
    expect([end.status, end.headers['content-range'], end.body.toString()]).toEqual([
      206,
      'bytes 7-9/10',
      '789',
    ]);
    const beyond = await read('digits', { range: 'bytes=10-' });
    expect([...refusal(beyond), beyond.headers['content-range']]).toEqual([
      416,
      'range_not_satisfiable',
      'bytes */10',
    ]);
    expect((await read('digits', { 'if-none-match': etag })).status).toBe(304);
    expect((await read('digits', { 'if-range': '"other"', range: 'bytes=0-0' })).status).toBe(200);
    const head = await client.send('HEAD', content('digits'));
    expect([head.headers['content-length'], head.body.length]).toEqual(['10', 0]);
  });

  it('says what cannot be read and why', async () => {
    execFileSync('mkfifo', [path.join(home, 'pipe')]);
    expect(refusal(await read('missing'))).toEqual([404, 'file_not_found']);
    expect(refusal(await read('list'))).toEqual([409, 'file_is_directory']);
    expect(refusal(await read('pipe'))).toEqual([400, 'invalid_request']);
    expect(refusal(await read('digits/below'))).toEqual([409, 'file_not_directory']);
    expect(refusal(await client.send('GET', '/files/content'))).toEqual([400, 'invalid_request']);
  });
});

describe.runIf(isRoot)('rights', () => {
  it('are the user’s: what is root’s alone can be neither read nor listed nor written', async () => {
    const { statePath } = daemon.folders;
    const secret = path.join(statePath, 'secret');
    await writeFile(secret, 'root only', { mode: 0o600 });
    expect(refusal(await read(secret))).toEqual([403, 'forbidden']);
    expect(refusal(await client.send('GET', `/files?${query({ path: statePath })}`))).toEqual([
      403,
      'forbidden',
    ]);
    expect(refusal(await write(secret, 'mine'))).toEqual([403, 'forbidden']);
    expect(refusal(await write('/etc/podex-test', 'mine'))).toEqual([403, 'forbidden']);
    expect(refusal(await read('/etc/shadow'))).toEqual([403, 'forbidden']);
    expect(refusal(await client.send('DELETE', content(secret)))).toEqual([403, 'forbidden']);
    expect(
      (await client.send('GET', `/search?${query({ q: 'root only', path: statePath })}`)).body.toString(),
    ).not.toContain(secret);
  });

  it('hold through links as well, and through .. in paths', async () => {
    const { statePath } = daemon.folders;
    await symlink(statePath, path.join(home, 'sneaky'));
    expect(refusal(await read('sneaky/secret'))).toEqual([403, 'forbidden']);
    expect(refusal(await read('../state/secret'))).toEqual([403, 'forbidden']);
  });

  it('make new files the user’s own', async () => {
    await write('own/file', 'x');
    for (const file of ['own', 'own/file']) {
      expect((await stat(path.join(home, file))).uid).toBe(daemon.folders.user.uid);
    }
    expect((await stat(path.join(home, 'own/file'))).mode & 0o777).toBe(0o644);
  });
});

describe('writing', () => {
  it('replaces the whole file, keeps its mode, makes parents, leaves nothing beside it', async () => {
    await write('deep/er/script', 'one');
    execFileSync('chmod', ['4751', path.join(home, 'deep/er/script')]);
    const entry = (await write('deep/er/script', 'two')).json(fileEntry);
    expect(entry).toMatchObject({ size: 3, mode: 0o4751, type: 'file' });
    expect(await readdir(path.join(home, 'deep/er'))).toEqual(['script']);
    expect((await read('deep/er/script')).headers.etag).toBe(entry.etag);
  });

  it('goes through links to what they name, dangling ones too', async () => {
    await symlink('real.txt', path.join(home, 'alias.txt'));
    await write('alias.txt', 'through');
    expect(await readlink(path.join(home, 'alias.txt'))).toBe('real.txt');
    expect(await onDisk('real.txt')).toBe('through');
  });

  it('is guarded by If-Match and If-None-Match', async () => {
    const first = (await write('guarded', 'one', { 'if-none-match': '*' })).json(fileEntry);
    expect(refusal(await write('guarded', 'two', { 'if-none-match': '*' }))).toEqual([412, 'file_changed']);
    const second = (await write('guarded', 'two', { 'if-match': first.etag })).json(fileEntry);
    expect(refusal(await write('guarded', 'three', { 'if-match': first.etag }))).toEqual([
      412,
      'file_changed',
    ]);
    expect(second.etag).not.toBe(first.etag);
    expect(await onDisk('guarded')).toBe('two');
    expect(refusal(await write('not there', 'x', { 'if-match': first.etag }))).toEqual([412, 'file_changed']);
  });

  it('gives every write an etag of its own, however fast they follow', async () => {
    const etags = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      etags.add((await write('fast', String(index % 10))).json(fileEntry).etag);
    }
    expect(etags.size).toBe(20);
  });

  it('lets one of many exclusive writers win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => write('race', `writer ${index}`, { 'if-none-match': '*' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 412),
    ]);
  });

  it('that breaks off half-way changes nothing', async () => {
    await write('precious', 'old');
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
    await expect(client.send('PUT', content('precious'), options)).rejects.toThrow();
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
    expect((await write('large', source)).json(fileEntry).size).toBe(64 * 1_048_576);
    const download = createHash('sha256');
    for await (const chunk of await client.open('GET', content('large'))) download.update(chunk);
    expect(download.digest('hex')).toBe(hash.digest('hex'));
  });

  it('refuses folders and devices', async () => {
    expect(refusal(await write('deep', 'x'))).toEqual([409, 'file_is_directory']);
    expect(refusal(await write('/dev/null', 'x'))).toEqual([400, 'invalid_request']);
  });
});

describe('editing', () => {
  it('replaces the one passage, keeping line ends and mode', async () => {
    await write('crlf.txt', 'one\r\ntwo\r\nthree\r\n');
    execFileSync('chmod', ['755', path.join(home, 'crlf.txt')]);
    const result = await edit({ path: 'crlf.txt', old_text: 'one\ntwo', new_text: 'ONE\nTWO\nAND' });
    expect(result.json(editFileResult)).toMatchObject({ replacements: 1, entry: { mode: 0o755 } });
    expect(await onDisk('crlf.txt')).toBe('ONE\r\nTWO\r\nAND\r\nthree\r\n');
  });

  it('wants the passage to be there, and there only once', async () => {
    await write('twice', 'a b a');
    expect(refusal(await edit({ path: 'twice', old_text: 'c', new_text: 'd' }))).toEqual([
      409,
      'text_not_found',
    ]);
    const twice = await edit({ path: 'twice', old_text: 'a', new_text: 'd' });
    expect([twice.code, JSON.parse(twice.body.toString()).error.context.count]).toEqual([
      'text_not_unique',
      2,
    ]);
    await edit({ path: 'twice', old_text: 'a', new_text: 'd', replace_all: true });
    expect(await onDisk('twice')).toBe('d b d');
    expect(refusal(await edit({ path: 'none', old_text: 'a', new_text: 'b' }))).toEqual([
      404,
      'file_not_found',
    ]);
  });

  it('of many at once loses none', async () => {
    await write('counters', 'a0 b0 c0 d0');
    const edits = ['a', 'b', 'c', 'd'].map((name) =>
      edit({ path: 'counters', old_text: `${name}0`, new_text: `${name}1` }),
    );
    expect((await Promise.all(edits)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await onDisk('counters')).toBe('a1 b1 c1 d1');
  });
});

describe('moving and deleting', () => {
  const move = (json: object) => client.send('POST', '/files/move', { json });

  it('moves files and folders, over what is there only when told to', async () => {
    await write('from/a', 'a');
    await write('to/b', 'b');
    expect(refusal(await move({ from: 'from', to: 'to' }))).toEqual([409, 'file_exists']);
    expect((await move({ from: 'from', to: 'new/place' })).json(fileEntry).path).toBe(
      path.join(home, 'new/place'),
    );
    expect((await move({ from: 'new/place', to: 'to', overwrite: true })).status).toBe(200);
    expect(await readdir(path.join(home, 'to'))).toEqual(['a']);
    expect((await readdir(home)).filter((name) => name.startsWith('.podex'))).toEqual([]);
    expect(refusal(await move({ from: 'to', to: 'to/inside' }))).toEqual([400, 'invalid_request']);
    expect(refusal(await move({ from: 'gone', to: 'x' }))).toEqual([404, 'file_not_found']);
  });

  it('deletes folders with all in them, links without what they name, and never the home', async () => {
    await write('doomed/deep/file', 'x');
    await write('kept', 'x');
    await symlink(path.join(home, 'kept'), path.join(home, 'doomed/link'));
    expect((await client.send('DELETE', content('doomed'))).status).toBe(204);
    expect(await onDisk('kept')).toBe('x');
    expect(refusal(await client.send('DELETE', content('doomed')))).toEqual([404, 'file_not_found']);
    for (const file of ['.', '/', path.dirname(home)]) {
      expect(refusal(await client.send('DELETE', content(file)))).toEqual([403, 'forbidden']);
    }
  });
});

describe('an idempotency key', () => {
  it('repeats the answer and not the change', async () => {
    await write('once', 'foo');
    const headers = { 'idempotency-key': 'tcl_01k9x3v7m4q8r2t6w0y5z1a3b7' };
    const input = { path: 'once', old_text: 'foo', new_text: 'foo bar' };
    const first = await edit(input, headers);
    const again = await edit(input, headers);
    expect(again.body.equals(first.body)).toBe(true);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await onDisk('once')).toBe('foo bar');
    expect(refusal(await edit({ ...input, new_text: 'else' }, headers))).toEqual([
      409,
      'idempotency_key_reused',
    ]);
  });

  it('makes one change of many requests at once', async () => {
    await write('many', 'x');
    const headers = { 'idempotency-key': 'many-at-once' };
    const input = { path: 'many', old_text: 'x', new_text: 'xx' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => edit(input, headers)));
    expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
    expect(await onDisk('many')).toBe('xx');
  });

  it('of a refused request can be used again', async () => {
    const headers = { 'idempotency-key': 'second-try' };
    const input = { path: 'later', old_text: 'a', new_text: 'b' };
    expect((await edit(input, headers)).code).toBe('file_not_found');
    await write('later', 'a');
    expect((await edit(input, headers)).status).toBe(200);
  });

  it('covers writing, moving and deleting', async () => {
    const key = (name: string) => ({ 'idempotency-key': name });
    await write('w', 'one', key('w1'));
    await write('w', 'two');
    expect((await write('w', 'one', key('w1'))).headers['idempotent-replayed']).toBe('true');
    expect(await onDisk('w')).toBe('two');
    const moving = { json: { from: 'w', to: 'v' }, headers: key('m1') };
    await client.send('POST', '/files/move', moving);
    expect((await client.send('POST', '/files/move', moving)).status).toBe(200);
    expect((await client.send('DELETE', content('v'), { headers: key('d1') })).status).toBe(204);
    expect((await client.send('DELETE', content('v'), { headers: key('d1') })).status).toBe(204);
  });

  it('may have a hundred characters', async () => {
    expect((await write('k', 'x', { 'idempotency-key': 'k'.repeat(101) })).code).toBe('invalid_request');
  });
});

describe('a crash', () => {
  it('of the daemon after a change is repeated from the journal', async () => {
    await using crashing = await DaemonProcess.start();
    const request = { body: 'content', headers: { 'idempotency-key': 'k' } };
    const first = await crashing.client.send('PUT', content('file'), request);
    await crashing.client.send('PUT', content('file'), { body: 'later content' });
    await crashing.end('SIGKILL');
    await crashing.start();
    const again = await crashing.client.send('PUT', content('file'), request);
    expect(again.body.toString()).toBe(first.body.toString());
    expect(await readFile(path.join(crashing.folders.homePath, 'file'), 'utf8')).toBe('later content');
  });

  it('between record and change is told apart by what the change had staged', async () => {
    await using crashing = await DaemonProcess.start();
    const { homePath, statePath, user } = crashing.folders;
    await crashing.client.send('PUT', content('f'), { body: 'foo', headers: { 'idempotency-key': 'start' } });
    const input = { path: 'f', old_text: 'foo', new_text: 'foo bar' };
    const request = { json: input, headers: { 'idempotency-key': 'edit' } };
    await crashing.client.send('POST', '/files/edit', request);
    await crashing.end('SIGKILL');
    // As if the crash had come before the last word: the journal knows of the plan, not of its end.
    const journal = path.join(statePath, 'changes.jsonl');
    const lines = (await readFile(journal, 'utf8')).trim().split('\n');
    const isEnd = (line: string) => line === '{"type":"carried_out","key":"edit"}';
    await writeFile(journal, `${lines.filter((line) => !isEnd(line)).join('\n')}\n`);
    await crashing.start();
    expect((await crashing.client.send('POST', '/files/edit', request)).headers['idempotent-replayed']).toBe(
      'true',
    );
    expect(await readFile(path.join(homePath, 'f'), 'utf8')).toBe('foo bar');
    // And as if it had come before the change: what was staged still lies there.
    await crashing.end('SIGKILL');
    const planned = lines.find((line) => line.includes('"prepared"') && line.includes('"edit"')) ?? '';
    await writeFile(journal, `${planned}\n`);
    const staged = JSON.parse(planned).guard;
    await writeFile(staged, 'foo bar');
    if (isRoot) execFileSync('chown', [String(user.uid), staged]);
    await writeFile(path.join(homePath, 'f'), 'foo');
    await crashing.start();
    const redone = await crashing.client.send('POST', '/files/edit', request);
    expect([redone.status, redone.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect(await readFile(path.join(homePath, 'f'), 'utf8')).toBe('foo bar');
    expect(await readdir(homePath)).toEqual(['f']);
  });

  it('of the files process is over with the next request', async () => {
    await using running = await startTestDaemon();
    await running.client.send('PUT', content('a'), { body: 'a' });
    const pid = filesProcessOf(running.folders.socketPath);
    process.kill(pid, 'SIGKILL');
    await until(() => !isProcess(pid));
    expect((await running.client.send('GET', content('a'))).body.toString()).toBe('a');
    expect(filesProcessOf(running.folders.socketPath)).not.toBe(pid);
  });
});

describe('searching', () => {
  beforeAll(async () => {
    await write('code/src/main.ts', 'const answer = 42;\nconsole.log(answer);\n');
    await write('code/readme.md', 'The Answer is 42.\n');
    await write('code/.github/ci.yml', 'answer: yes\n');
    await write('code/.git/config', 'answer = hidden\n');
    await write('code/image.bin', Buffer.from([0, 1, 2, 0x61, 0x6e, 0x73, 0x77, 0x65, 0x72]));
  });
  const search = async (parameters: Record<string, string | number>) => {
    const response = await client.send('GET', `/search?${query({ path: 'code', ...parameters })}`);
    expect(response.status, response.body.toString()).toBe(200);
    const { matches, truncated } = response.json(searchResult);
    return {
      found: matches
        .map(({ path: file, line, column }) => [path.relative(path.join(home, 'code'), file), line, column])
        .sort(),
      truncated,
    };
  };

  it('finds text in contents with line and column, whatever its case', async () => {
    expect(await search({ q: 'answer' })).toEqual({
      found: [
        ['.github/ci.yml', 1, 1],
        ['readme.md', 1, 5],
        ['src/main.ts', 1, 7],
        ['src/main.ts', 2, 13],
      ],
      truncated: false,
    });
    expect((await search({ q: 'Answer', case_sensitive: 'true' })).found).toEqual([['readme.md', 1, 5]]);
    expect((await search({ q: 'answer', glob: '*.ts' })).found).toHaveLength(2);
    expect((await search({ q: 'an.?wer\\b.*42', regex: 'true' })).found).toHaveLength(2);
  });

  it('finds files by name', async () => {
    expect((await search({ q: 'MAIN', mode: 'name' })).found).toEqual([
      ['src/main.ts', undefined, undefined],
    ]);
    expect((await search({ q: '^src/', mode: 'name', regex: 'true' })).found).toHaveLength(1);
  });

  it('stops at the limit and says so', async () => {
    expect(await search({ q: 'answer', limit: 1 })).toMatchObject({
      truncated: true,
      found: [expect.anything()],
    });
  });

  it('refuses patterns that are none, and folders that are not there', async () => {
    const wrong = await client.send('GET', `/search?${query({ q: '(', regex: 'true' })}`);
    expect(refusal(wrong)).toEqual([400, 'invalid_request']);
    const nowhere = await client.send('GET', `/search?${query({ q: 'x', path: 'nowhere' })}`);
    expect(refusal(nowhere)).toEqual([404, 'file_not_found']);
  });
});

it('answers unknown routes and methods', async () => {
  expect(refusal(await client.send('GET', '/nothing'))).toEqual([404, 'not_found']);
  expect(refusal(await client.send('PATCH', '/files'))).toEqual([405, 'method_not_allowed']);
  expect(refusal(await client.send('DELETE', `/guard?${query({ path: 'x' })}`))).toEqual([404, 'not_found']);
});

function filesProcessOf(daemonSocketPath: string): number {
  const socket = path.join(path.dirname(daemonSocketPath), 'files.sock');
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  const line = lines.find(
    (text) => text.includes('podex-files') || (text.includes(socket) && text.includes('files')),
  );
  return Number(line?.trim().split(' ')[0]);
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
