import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';

const run = promisify(execFile);

let daemon: RunningTestDaemon;
let home: string;
const archive = (file: string) => `/files/archive?${query({ path: file })}`;
const zipped = (file: string) => `/files/archive/zip?${query({ path: file })}`;

beforeAll(async () => {
  daemon = await startTestDaemon();
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

/** Unpacked by the tar of the system. */
async function unpack(file: string): Promise<string> {
  const folder = temporaryFolder('unpacked');
  const response = await daemon.client.open('GET', archive(file));
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/gzip']);
  const packed = path.join(folder, 'archive.tar.gz');
  await pipeline(response, createWriteStream(packed));
  await run('tar', ['--extract', '--file', packed, '--directory', folder]);
  return folder;
}

/** Unpacked by Info-ZIP. */
async function unzip(file: string): Promise<string> {
  const folder = temporaryFolder('unzipped');
  const response = await daemon.client.open('GET', zipped(file));
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/zip']);
  const packed = path.join(folder, 'archive.zip');
  await pipeline(response, createWriteStream(packed));
  await run('env', ['LC_ALL=C.UTF-8', 'unzip', '-q', '-o', packed, '-d', folder]);
  return folder;
}

describe('a folder as an archive', () => {
  it('holds everything, with modes, dates, links as links, and names of all kinds', async () => {
    const long = `${'folder-'.repeat(20)}/${'ü'.repeat(100)}`;
    const raw = Buffer.concat([Buffer.from(path.join(home, 'site', 'raw')), Buffer.of(0xb1)]);
    await mkdir(path.join(home, 'site', path.dirname(long)), { recursive: true });
    await mkdir(path.join(home, 'site', 'empty'));
    await writeFile(path.join(home, 'site', long), 'long');
    await writeFile(path.join(home, 'site', 'two\nlines'), 'lines');
    await writeFile(raw, 'raw');
    await writeFile(path.join(home, 'site', 'run.sh'), 'x'.repeat(700_000), { mode: 0o755 });
    await writeFile(path.join(home, 'outside'), 'outside');
    await symlink('../outside', path.join(home, 'site', 'link'));
    await symlink(`/${'far/'.repeat(40)}`, path.join(home, 'site', 'far'));
    const folder = await unpack('site');
    const inside = path.join(folder, 'site');
    expect(await readFile(path.join(inside, long), 'utf8')).toBe('long');
    expect(await readFile(path.join(inside, 'two\nlines'), 'utf8')).toBe('lines');
    expect(
      (await readdir(inside, { encoding: 'buffer' })).some((name) =>
        name.equals(Buffer.from([0x72, 0x61, 0x77, 0xb1])),
      ),
    ).toBe(true);
    const [packed, original] = await Promise.all(
      [inside, path.join(home, 'site')].map((where) => stat(path.join(where, 'run.sh'))),
    );
    expect(packed?.mode).toBe(original?.mode);
    expect(Math.floor((packed?.mtimeMs ?? 0) / 1000)).toBe(Math.floor((original?.mtimeMs ?? 0) / 1000));
    expect(packed?.size).toBe(700_000);
    expect(await readlink(path.join(inside, 'link'))).toBe('../outside');
    expect(await readlink(path.join(inside, 'far'))).toBe(`/${'far/'.repeat(40)}`);
    expect((await stat(path.join(inside, 'empty'))).isDirectory()).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['archive.tar.gz', 'site']);
  });

  it.runIf(isRoot)('names what its user could not read, and holds the rest', async () => {
    await mkdir(path.join(home, 'mixed', 'shut'), { recursive: true });
    await writeFile(path.join(home, 'mixed', 'shut', 'secret'), 'secret');
    await writeFile(path.join(home, 'mixed', 'private'), 'secret', { mode: 0o600 });
    await writeFile(path.join(home, 'mixed', 'open'), 'open');
    await chmod(path.join(home, 'mixed', 'shut'), 0o700);
    await run('mkfifo', [path.join(home, 'mixed', 'pipe')]);
    const folder = await unpack('mixed');
    expect((await readdir(path.join(folder, 'mixed'))).sort()).toEqual(['open']);
    const left = await readFile(path.join(folder, 'podex-left-out.txt'), 'utf8');
    for (const name of ['shut', 'private', 'pipe']) expect(left).toContain(path.join(home, 'mixed', name));
    expect(left).not.toContain('secret');
  });

  it.each([archive, zipped])('stops reading when nobody takes it any more', async (addressOf) => {
    await mkdir(path.join(home, 'large'), { recursive: true });
    // Sparse: it costs nothing but is long to compress.
    await run('truncate', ['--size=20G', path.join(home, 'large', 'zeros')]);
    const controller = new AbortController();
    const response = await daemon.client.open('GET', addressOf('large'), { signal: controller.signal });
    response.on('error', () => undefined);
    await new Promise((resolve) => response.once('readable', resolve));
    const openFiles = () =>
      run('sh', ['-c', `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c '${home}/large'; true`]);
    expect(Number((await openFiles()).stdout)).toBeGreaterThan(0);
    controller.abort();
    await expect.poll(async () => Number((await openFiles()).stdout), { timeout: 10_000 }).toBe(0);
  });

  it('is refused of what is not there, and of the kernel’s files by any way', async () => {
    await symlink('/proc/self', path.join(home, 'kernel'));
    expect(refusal(await daemon.client.send('GET', archive('nothing')))).toEqual([404, 'file_not_found']);
    expect(refusal(await daemon.client.send('GET', archive('kernel')))).toEqual([403, 'forbidden']);
    expect(refusal(await daemon.client.send('GET', archive('/proc')))).toEqual([403, 'forbidden']);
    expect(refusal(await daemon.client.send('GET', zipped('kernel')))).toEqual([403, 'forbidden']);
  });
});

describe('a folder as a zip', () => {
  it('holds everything, with modes, dates and links as links', async () => {
    const root = path.join(home, 'zip');
    await mkdir(path.join(root, 'empty'), { recursive: true });
    await mkdir(path.join(root, 'ünder'));
    await writeFile(path.join(root, 'ünder', 'name with ü'), 'text');
    await writeFile(path.join(root, 'run.sh'), randomBytes(700_000), { mode: 0o755 });
    await writeFile(path.join(root, 'nothing'), '');
    // The format counts in steps of two seconds.
    await utimes(path.join(root, 'run.sh'), 1_700_000_000, 1_700_000_000);
    await utimes(path.join(root, 'nothing'), 1, 1);
    await symlink('ünder', path.join(root, 'link'));
    const inside = path.join(await unzip('zip'), 'zip');
    expect(await readFile(path.join(inside, 'ünder/name with ü'), 'utf8')).toBe('text');
    expect(await readFile(path.join(inside, 'run.sh'))).toEqual(await readFile(path.join(root, 'run.sh')));
    const [packed, original] = await Promise.all(
      [inside, root].map((where) => stat(path.join(where, 'run.sh'))),
    );
    expect(packed?.mode).toBe(original?.mode);
    expect(packed?.mtimeMs).toBe(1_700_000_000_000);
    // The format has no earlier date.
    expect((await stat(path.join(inside, 'nothing'))).mtime.getUTCFullYear()).toBe(1980);
    expect(await readlink(path.join(inside, 'link'))).toBe('ünder');
    expect((await readdir(inside)).sort()).toEqual(['empty', 'link', 'nothing', 'run.sh', 'ünder']);
  });

  it('says which names it had to change, and keeps them apart', async () => {
    const root = path.join(home, 'names');
    await mkdir(root);
    const raw = Buffer.concat([Buffer.from(`${root}/raw`), Buffer.of(0xb1)]);
    await writeFile(raw, 'raw');
    await writeFile(path.join(root, 'raw%B1'), 'other');
    await writeFile(path.join(root, 'a\\b'), 'backslash');
    const folder = await unzip('names');
    const names = await readdir(path.join(folder, 'names'));
    expect(names.sort()).toEqual(['a%5Cb', 'raw%B1', 'raw%B1~']);
    const contents = await Promise.all(
      names.map((name) => readFile(path.join(folder, 'names', name), 'utf8')),
    );
    expect(contents.sort()).toEqual(['backslash', 'other', 'raw']);
    const notes = await readFile(path.join(folder, 'podex-left-out.txt'), 'utf8');
    expect(notes).toContain(`${root}/raw\\xB1: its name can’t stand in a zip; there it is names/raw%B1`);
    expect(notes).toContain('names/a%5Cb');
  });

  it.runIf(isRoot)('names what its user could not read', async () => {
    await mkdir(path.join(home, 'shutzip'));
    await writeFile(path.join(home, 'shutzip', 'private'), 'secret', { mode: 0o600 });
    const folder = await unzip('shutzip');
    expect(await readdir(path.join(folder, 'shutzip'))).toEqual([]);
    const notes = await readFile(path.join(folder, 'podex-left-out.txt'), 'utf8');
    expect(notes).toContain(path.join(home, 'shutzip', 'private'));
  });
});
