import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ESCAPED_BYTE_BASE } from '@podex/contracts/file-names';
import { type FileEntry, fileEntry, fileListing, searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';

const NAME_BYTES = 120;
const RAW_NAME = Buffer.alloc(NAME_BYTES, 0xb1);
const SPELLED = String.fromCodePoint(ESCAPED_BYTE_BASE + 0xb1).repeat(NAME_BYTES);

let daemon: RunningTestDaemon;
let files: FilesClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const onDisk = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat([home, ...parts].flatMap((part) => [Buffer.from('/'), Buffer.from(part)]).slice(1));
const own = () => {
  if (isRoot) execFileSync('chown', ['-R', String(daemon.folders.user.uid), home]);
};
const childrenOf = async (folder: string): Promise<FileEntry[]> =>
  (await files.list(folder)).json(fileListing).children ?? [];

describe('a name that is no UTF-8', () => {
  beforeAll(async () => {
    await files.write('raw/plain', 'plain');
    writeFileSync(onDisk('raw', RAW_NAME), 'needle');
    symlinkSync(RAW_NAME, onDisk('raw', 'link'));
    own();
  });

  it('is listed beside the others, and what is listed can be looked at, read, written and edited', async () => {
    const names = (await childrenOf('raw')).map(({ name }) => name);
    expect(names).toEqual(['link', 'plain', SPELLED]);
    const file = `${home}/raw/${SPELLED}`;
    expect((await files.list(file)).json(fileListing).entry).toMatchObject({
      name: SPELLED,
      path: file,
      size: 6,
    });
    expect((await files.read(file)).body.toString()).toBe('needle');
    expect((await files.write(file, 'needle and thread')).json(fileEntry).path).toBe(file);
    const edit = { path: file, old_text: 'thread', new_text: 'pin' };
    expect((await files.edit(edit)).status).toBe(200);
    expect(readFileSync(onDisk('raw', RAW_NAME), 'utf8')).toBe('needle and pin');
    expect((await files.write('raw/link', 'needle through a link')).status).toBe(200);
    expect(readFileSync(onDisk('raw', RAW_NAME), 'utf8')).toBe('needle through a link');
  });

  it.each(['content', 'name'])('is found by a search for %s, in the form that reads it', async (mode) => {
    const q = mode === 'content' ? 'needle' : 'raw';
    const found = await daemon.client.send('GET', `/search?${query({ q, mode, path: '.' })}`);
    const paths = found.json(searchResult).matches.map((match) => match.path);
    const file = `${home}/raw/${SPELLED}`;
    expect(paths).toContain(file);
    expect((await files.read(file)).status).toBe(200);
  });

  it('can be made, moved and deleted, as a file and as a folder', async () => {
    const folder = `raw/${SPELLED}d/in`;
    expect((await daemon.client.send('POST', '/files/mkdir', { json: { path: folder } })).status).toBe(201);
    await files.write(`${folder}/${SPELLED}`, 'deep');
    const found = await daemon.client.send('GET', `/search?${query({ q: 'deep', path: folder })}`);
    expect(found.json(searchResult).matches).toMatchObject([{ path: `${home}/${folder}/${SPELLED}` }]);
    expect((await files.move({ from: `raw/${SPELLED}`, to: `${folder}/${SPELLED}2` })).status).toBe(200);
    expect(
      readdirSync(onDisk(folder.slice(0, 4), Buffer.concat([RAW_NAME, Buffer.from('d/in')]))),
    ).toHaveLength(2);
    expect((await files.delete(`${folder}/${SPELLED}2`)).status).toBe(204);
    expect((await files.delete(`raw/${SPELLED}d`)).status).toBe(204);
    expect((await childrenOf('raw')).map(({ name }) => name)).toEqual(['link', 'plain']);
  });

  it('is told in messages as numbers', async () => {
    const missing = await files.read(`${SPELLED.slice(0, 2)}gone`);
    expect(missing.body.toString()).toContain('\\\\xB1gone');
  });
});

describe('names with signs in them', () => {
  it.each([
    'a?c',
    'a&path=b',
    'a#b',
    'a%3Fc',
    'a b+c',
    'line\nfeed',
    'tab\t',
    '-rf',
    'हिन्दी',
    'ย',
    '\u202egpj.exe',
  ])('are taken as they are: %j', async (name) => {
    await files.write('signs/a', 'stays');
    expect((await files.write(`signs/${name}`, name)).json(fileEntry).name).toBe(name);
    expect((await files.read(`signs/${name}`)).body.toString()).toBe(name);
    expect((await files.move({ from: `signs/${name}`, to: `signs/x${name}` })).status).toBe(200);
    expect((await childrenOf('signs')).map((child) => child.name)).toContain(`x${name}`);
    expect((await files.delete(`signs/x${name}`)).status).toBe(204);
    expect(refusal(await files.delete(`signs/${name}`))).toEqual([404, 'file_not_found']);
    expect(readdirSync(onDisk('signs'))).toEqual(['a']);
  });
});

describe.runIf(isRoot)('what cannot be read', () => {
  it('is listed as such, beside the rest', async () => {
    await files.write('mixed/dark/below', 'x');
    await files.write('mixed/light', 'x');
    await chmod(path.join(home, 'mixed/dark'), 0o400);
    const inside = await childrenOf('mixed/dark');
    expect(inside).toMatchObject([
      { name: 'below', type: 'file', size: 0, unreadable: expect.stringMatching(/may not/) },
    ]);
    expect((await childrenOf('mixed')).map(({ name, unreadable }) => [name, unreadable])).toEqual([
      ['dark', undefined],
      ['light', undefined],
    ]);
    expect(refusal(await files.read('mixed/dark/below'))).toEqual([403, 'forbidden']);
    await chmod(path.join(home, 'mixed/dark'), 0);
    expect(refusal(await files.list('mixed/dark'))).toEqual([403, 'forbidden']);
    expect((await childrenOf('mixed')).map(({ name }) => name)).toEqual(['dark', 'light']);
    await chmod(path.join(home, 'mixed/dark'), 0o700);
  });

  it('of a date beyond all calendars is listed', async () => {
    await mkdir(path.join(home, 'times'));
    writeFileSync(path.join(home, 'times/far'), 'x');
    execFileSync('touch', ['-d', '@8000000000', path.join(home, 'times/far')]);
    expect(await childrenOf('times')).toHaveLength(1);
    expect(existsSync(path.join(home, 'times/far'))).toBe(true);
  });
});
