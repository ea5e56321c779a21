import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { replacePreview, replaceResult } from '@podex/contracts/replacing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';

const PATTERN = { q: '(\\w+) cat', regex: true, replacement: '$1 dog' };

let daemon: RunningTestDaemon;
let tries = 0;
/** A folder of this test alone. */
let folder: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());
beforeEach(async () => {
  tries += 1;
  folder = path.join(daemon.folders.homePath, `t${tries}`);
  await daemon.client.send('POST', '/files/mkdir', { json: { path: folder } });
});

/** As the user’s. */
async function put(name: string, content: string | Buffer): Promise<void> {
  const { uid, gid } = await stat(folder);
  await writeFile(inFolder(name), content);
  await chown(inFolder(name), uid, gid);
}
const inFolder = (name: string) => path.join(folder, name);
const send = (route: string, json: object) => daemon.client.send('POST', `/files/replace${route}`, { json });
const preview = async (names: string[], pattern: object = PATTERN) =>
  (await send('/preview', { ...pattern, paths: names.map(inFolder) })).json(replacePreview).files;
const replace = async (
  files: { path: string; etag: string | null; only?: number[] }[],
  pattern: object = PATTERN,
) => (await send('', { ...pattern, files })).json(replaceResult).files;

describe('replacing in files', () => {
  it('shows each change, and makes exactly these', async () => {
    await put('a', 'ün cat, my cat\r\nnone\r\nold cat\n');
    await chmod(inFolder('a'), 0o640);
    const [shown] = await preview(['a']);
    expect(shown).toMatchObject({ path: inFolder('a'), count: 3, problem: null });
    expect(shown?.changes).toMatchObject([
      { index: 0, line: 1, column: 2, length: 5, text: 'ün cat, my cat', replacement: 'n dog' },
      { index: 1, line: 1, column: 9, length: 6, replacement: 'my dog' },
      { index: 2, line: 3, column: 1, length: 7, text: 'old cat', replacement: 'old dog' },
    ]);
    expect(await readFile(inFolder('a'), 'utf8')).toContain('my cat');
    const [done] = await replace([{ path: inFolder('a'), etag: shown?.etag ?? '' }]);
    expect(done).toMatchObject({ replacements: 3, problem: null, entry: { mode: 0o640 } });
    expect(await readFile(inFolder('a'), 'utf8')).toBe('ün dog, my dog\r\nnone\r\nold dog\n');
  });

  it('replaces one, and leaves a file as it is that was changed since', async () => {
    await put('a', 'a cat, b cat');
    await put('b', 'a cat');
    const [a, b] = await preview(['a', 'b']);
    await put('b', 'a cat and more');
    const files = [
      { path: inFolder('a'), etag: a?.etag ?? '', only: [1] },
      { path: inFolder('b'), etag: b?.etag ?? '' },
    ];
    const done = await replace(files);
    expect(done).toMatchObject([
      { replacements: 1, problem: null },
      { replacements: 0, entry: null, problem: { code: 'file_changed' } },
    ]);
    expect(await readFile(inFolder('a'), 'utf8')).toBe('a cat, b dog');
    expect(await readFile(inFolder('b'), 'utf8')).toBe('a cat and more');
    // Carried out a second time, it finds the first one’s work.
    expect((await replace(files.slice(0, 1)))[0]?.problem?.code).toBe('file_changed');
    expect(await readFile(inFolder('a'), 'utf8')).toBe('a cat, b dog');
  });

  it('says of each file why it can’t be changed, and goes on with the others', async () => {
    await put('latin', Buffer.from([0xb1, ...Buffer.from(' the cat')]));
    await put('binary', '\0 the cat');
    await put('none', 'nothing');
    await put('right', 'the cat');
    await mkdir(inFolder('folder'));
    const shown = await preview(['latin', 'binary', 'gone', 'folder', 'none', 'right']);
    expect(shown.map(({ count, problem }) => problem?.code ?? count)).toEqual([
      'invalid_request',
      'invalid_request',
      'file_not_found',
      'file_is_directory',
      0,
      1,
    ]);
    const done = await replace(
      shown.map(({ path: file, etag }) => ({ path: file, etag: etag ?? '"0"' })).slice(2),
    );
    expect(done.map(({ problem, replacements }) => problem?.code ?? replacements)).toEqual([
      'file_changed',
      'file_is_directory',
      'text_not_found',
      1,
    ]);
  });

  it('refuses a bad pattern whole, gives up a slow one, and does not look at the kernel’s files', async () => {
    await put('slow', `${'a'.repeat(40)}b`);
    const bad = await send('/preview', { q: 'a(', regex: true, replacement: '', paths: [inFolder('slow')] });
    expect(refusal(bad)).toEqual([400, 'invalid_request']);
    const slow = await preview(['slow', 'slow'], { q: '(a+)+$', regex: true, replacement: '' });
    expect(slow.map(({ problem }) => problem?.message)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('takes too long')),
    );
    const kernel = await send('/preview', { q: 'x', replacement: '', paths: ['/proc/self/environ'] });
    expect(kernel.json(replacePreview).files[0]?.problem?.code).toBe('forbidden');
  });

  it.runIf(isRoot)('may do what its user may, and no more', async () => {
    await writeFile(inFolder('private'), 'the cat');
    await chown(inFolder('private'), 0, 0);
    await chmod(inFolder('private'), 0o600);
    await writeFile(inFolder('shown'), 'the cat');
    await chown(inFolder('shown'), 0, 0);
    await chown(folder, 0, 0);
    const [hidden, shown] = await preview(['private', 'shown']);
    expect([hidden?.problem?.code, shown?.count]).toEqual(['forbidden', 1]);
    const [done] = await replace([{ path: inFolder('shown'), etag: shown?.etag ?? '' }]);
    expect(done?.problem?.code).toBe('forbidden');
    expect(await readFile(inFolder('shown'), 'utf8')).toBe('the cat');
  });
});
