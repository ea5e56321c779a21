import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type SearchResult, searchMatch, searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';
import { findExecutable } from '../user/find-executable.ts';

const SEARCH_PATH = loadConfig([]).imageEnvironment.PATH ?? '';
const ripgrep = await findExecutable('rg', SEARCH_PATH);
const WITHOUT = SEARCH_PATH.split(':').filter(
  (folder) => ripgrep === undefined || folder !== path.dirname(ripgrep),
);

/** Where this machine has ripgrep, both ways must give the same. */
const WAYS = [
  { way: 'without ripgrep', searchPath: WITHOUT.join(':') },
  ...(ripgrep === undefined ? [] : [{ way: 'with ripgrep', searchPath: SEARCH_PATH }]),
];

describe.each(WAYS)('a search $way', ({ way, searchPath }) => {
  let daemon: RunningTestDaemon;
  const put = async (name: string, content: string | Buffer) => {
    const file = path.join(daemon.folders.homePath, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  };
  const send = (parameters: Record<string, string | number>) =>
    daemon.client.send('GET', `/search?${query(parameters)}`);
  const search = async (parameters: Record<string, string | number>): Promise<SearchResult> => {
    const response = await send(parameters);
    expect(response.status, response.body.toString()).toBe(200);
    return response.json(searchResult);
  };

  beforeAll(async () => {
    vi.stubEnv('PATH', searchPath);
    daemon = await startTestDaemon();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await daemon[Symbol.asyncDispose]();
  });

  it.runIf(isRoot)('tells what may not be read, and finds the rest', async () => {
    const locked = path.join(daemon.folders.homePath, 'd/x');
    await put('d/x/secret', 'zz');
    const file = await put('d/secret', 'zz');
    const found = await put('d/open', 'a zz');
    await chmod(locked, 0o000);
    await chmod(file, 0o000);
    await chown(locked, 0, 0);
    const reason = 'The workspace’s user may not read it.';
    const nothing = await search({ q: 'nothing', path: 'd' });
    expect(nothing).toMatchObject({ matches: [], truncated: false, skipped_count: 2 });
    const byPath = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1);
    expect(nothing.skipped.sort(byPath)).toEqual([
      { path: file, reason },
      { path: locked, reason },
    ]);
    expect((await search({ q: 'zz', path: 'd' })).matches).toMatchObject([{ path: found, column: 3 }]);
    expect(await search({ q: 'nothing', path: 'd', mode: 'name' })).toMatchObject({
      matches: [],
      skipped: [{ path: locked, reason }],
    });
    expect(await search({ q: 'zz', path: 'd/x' })).toMatchObject({
      matches: [],
      skipped: [{ path: locked }],
    });
    // A pattern that is none is an error all the same.
    expect(refusal(await send({ q: '(', path: 'd', regex: 'true' }))).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['a line of 2,001 characters', 'a'.repeat(2_000), ''],
    ['a line of 1,500,001 characters', 'a'.repeat(1_500_000), ''],
    ['a line that goes on', 'ä'.repeat(200_000), '"\\\u001b😀'.repeat(20_000)],
    ['two-part characters', '😀'.repeat(30_000), '😀'.repeat(300)],
  ])('shows a match in %s, with its column', async (_what, before, after) => {
    await put('long/m', `first\n${before}N${after}\nN\n`);
    const { matches, truncated } = await search({ q: 'N', path: 'long', case_sensitive: 'true' });
    expect([matches.length, truncated]).toEqual([2, false]);
    const { line, column = 0, text = '', text_column: from = 0 } = searchMatch.parse(matches[0]);
    expect([line, column]).toEqual([2, before.length + 1]);
    expect(text.length).toBeGreaterThan(100);
    expect(text.length).toBeLessThanOrEqual(500);
    expect(text[column - from]).toBe('N');
    expect(text.isWellFormed()).toBe(true);
    expect(`${before}N${after}`.slice(from - 1)).toContain(text);
    expect(matches[1]).toMatchObject({ line: 3, column: 1, text: 'N', text_column: 1 });
  });

  it('finds the first of very many matches in one line', async () => {
    await put('many/m', `b${'a'.repeat(1_500_000)}`);
    expect((await search({ q: 'a', path: 'many' })).matches).toMatchObject([
      { line: 1, column: 2, text_column: 1 },
    ]);
  });

  it('reads a CRLF as the end of a line', async () => {
    await put('ends/c', 'foo\r\nbar\r\n');
    const matches = async (q: string, regex = 'true') => (await search({ q, regex, path: 'ends' })).matches;
    expect(await matches('foo$')).toMatchObject([{ line: 1, column: 1, text: 'foo' }]);
    expect(await matches('^bar$')).toMatchObject([{ line: 2 }]);
    expect(await matches('foo$\nbar', 'true')).toHaveLength(1);
    expect(await matches('oo\nb', 'false')).toMatchObject([{ line: 1, column: 2, text: 'foo\r\nbar' }]);
    expect(await matches('oo\r\nb', 'false')).toHaveLength(1);
    expect(await matches('o\\nbar$')).toHaveLength(1);
    expect(await matches('[^\\n]o\\nb')).toHaveLength(1);
  });

  it('takes queries of several lines as text or as a pattern, one match for each', async () => {
    await put('lines/m', 'if (a) {\n  b();\n}\nif (a) {\n  c();\n}\n');
    const find = async (q: string, regex: string) =>
      (await search({ q, regex, path: 'lines' })).matches.map(({ line, column }) => [line, column]);
    expect(await find('(a) {\n  c', 'false')).toEqual([[4, 4]]);
    expect(await find('a\\) \\{\\n  [bc]', 'true')).toEqual([
      [1, 5],
      [4, 5],
    ]);
  });

  it('spells names that are no UTF-8 so that other routes take them back', async () => {
    const folder = Buffer.from(path.join(daemon.folders.homePath, 'odd'));
    await mkdir(folder, { recursive: true });
    await writeFile(Buffer.concat([folder, Buffer.from([0x2f, 0xb1, 0xb1])]), 'needle');
    const [byContent, byName] = [
      await search({ q: 'needle', path: 'odd' }),
      await search({ q: '\u{10feb1}', path: 'odd', mode: 'name' }),
    ];
    expect(byContent.matches).toMatchObject([{ path: `${folder}/\u{10feb1}\u{10feb1}`, text: 'needle' }]);
    expect(byName.matches).toEqual([{ path: byContent.matches[0]?.path }]);
    expect([byContent.skipped_count, byName.skipped_count]).toEqual([0, 0]);
  });

  it('names a file that is too large for it', async () => {
    const file = await put('large/log', `needle\n${`${'x'.repeat(79)}\n`.repeat(60_000)}`);
    const { matches, skipped } = await search({ q: 'needle', path: 'large' });
    if (way === 'with ripgrep') expect(matches).toMatchObject([{ path: file, line: 1 }]);
    else expect(skipped).toEqual([{ path: file, reason: 'It is larger than 4194304 bytes.' }]);
  });

  it('never hangs in a pattern that has no end', async () => {
    const began = performance.now();
    await put(`names/${'a'.repeat(60)}!`, `${'a'.repeat(60)}!`);
    const slow = { q: '^(a+)+$', regex: 'true', path: 'names' };
    const named = await send({ ...slow, mode: 'name' });
    expect(named.status === 200 || named.code === 'invalid_request', named.body.toString()).toBe(true);
    expect((await search(slow)).matches).toEqual([]);
    expect((await send({ q: 'x' })).status).toBe(200);
    expect(performance.now() - began, way).toBeLessThan(15_000);
  });
});
