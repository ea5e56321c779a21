import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { readSearch, type SearchParameters } from '../testing/search-client.ts';
import { type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';
import { findExecutable } from '../user/find-executable.ts';

const SEARCH_PATH = loadConfig([]).imageEnvironment.PATH ?? '';
const ripgrep = await findExecutable('rg', SEARCH_PATH);

/** Where this machine has ripgrep, both ways must give the same. */
const WAYS = [
  { way: 'without ripgrep', searchPath: '/nowhere' },
  ...(ripgrep === undefined ? [] : [{ way: 'with ripgrep', searchPath: SEARCH_PATH }]),
];

describe.each(WAYS)('a search $way', ({ searchPath }) => {
  let daemon: RunningTestDaemon;
  const put = async (name: string, content: string) => {
    const file = path.join(daemon.folders.homePath, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  };
  const search = async (parameters: SearchParameters) => {
    const response = await daemon.client.send('GET', `/search?${query(parameters)}`);
    expect(response.status, response.body.toString()).toBe(200);
    return response.json(searchResult);
  };
  const found = async (parameters: SearchParameters) =>
    (await search(parameters)).matches
      .map((match) => path.relative(daemon.folders.homePath, match.path))
      .sort();

  beforeAll(async () => {
    vi.stubEnv('PATH', searchPath);
    daemon = await startTestDaemon();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await daemon[Symbol.asyncDispose]();
  });

  it('gives names as they are now, those changed last first, where that is asked for', async () => {
    const newest = async (limit: number) => {
      const asked = {
        q: '.',
        regex: 'true',
        mode: 'name',
        glob: '*.ts',
        path: 'dated',
        sort: 'modified',
        limit,
      };
      const { matches, truncated } = await search(asked);
      return { names: matches.map((match) => path.basename(match.path)), truncated, matches };
    };
    for (const [name, second] of [
      ['b.ts', 3_000],
      ['a.ts', 1_000],
      ['deep/c.ts', 2_000],
      ['d.md', 4_000],
    ] as const) {
      await utimes(await put(`dated/${name}`, ''), second, second);
    }
    const first = await newest(2);
    expect(first).toMatchObject({ names: ['b.ts', 'c.ts'], truncated: true });
    expect(first.matches[0]?.modified_at).toBe('1970-01-01T00:50:00.000Z');
    await put('dated/e.ts', '');
    await rm(path.join(daemon.folders.homePath, 'dated/b.ts'));
    expect(await newest(3)).toMatchObject({ names: ['e.ts', 'c.ts', 'a.ts'], truncated: false });
  });

  it('takes in and leaves out files and folders by globs', async () => {
    for (const name of ['a.ts', 'a.md', 'src/b.ts', 'src/test/c.ts', 'other/src/d.ts', 'docs/e.md']) {
      await put(`globs/${name}`, 'needle');
    }
    const names = async (globs: SearchParameters) =>
      (await found({ q: 'needle', path: 'globs', ...globs })).map((name) => name.slice('globs/'.length));
    expect(await names({ include: '*.md' })).toEqual(['a.md', 'docs/e.md']);
    expect(await names({ include: 'src' })).toEqual(['other/src/d.ts', 'src/b.ts', 'src/test/c.ts']);
    expect(await names({ include: './src/, *.{md,txt}' })).toEqual([
      'a.md',
      'docs/e.md',
      'src/b.ts',
      'src/test/c.ts',
    ]);
    expect(await names({ exclude: 'src,*.md' })).toEqual(['a.ts']);
    expect(await names({ include: 'src', exclude: 'test/' })).toEqual(['other/src/d.ts', 'src/b.ts']);
    expect(await names({ include: 'src', q: 'ts', mode: 'name' })).toHaveLength(3);
  });

  it('finds whole words alone where it is asked to', async () => {
    await put('words/a', 'cats\ncat\nconcat(cat)\n');
    const lines = async (more: SearchParameters) =>
      (await search({ q: 'cat', path: 'words', ...more })).matches.map(({ line, column }) => [line, column]);
    expect(await lines({ whole_word: 'true' })).toEqual([
      [2, 1],
      [3, 8],
    ]);
    expect(await lines({ whole_word: 'true', q: 'c.t', regex: 'true' })).toHaveLength(2);
    expect(await lines({})).toHaveLength(3);
    const [match] = (await search({ q: 'c.*t', regex: 'true', path: 'words' })).matches;
    expect(match).toMatchObject({ line: 1, column: 1, length: 3 });
  });

  it('gives each match the lines around it', async () => {
    await put('around/a', 'one\ntwo\nHIT\nfour\nHIT\nsix\r\nseven\n');
    const { matches } = await search({ q: 'hit', path: 'around', context: 2 });
    expect(matches).toMatchObject([
      { line: 3, before: ['one', 'two'], text: 'HIT', after: ['four', 'HIT'] },
      { line: 5, before: ['HIT', 'four'], text: 'HIT', after: ['six', 'seven'] },
    ]);
    const spanning = await search({ q: 'two\nhit', path: 'around', context: 1 });
    expect(spanning.matches).toMatchObject([{ line: 2, before: ['one'], after: ['four'] }]);
    expect(await search({ q: 'one', path: 'around' })).not.toMatchObject({ matches: [{ before: [] }] });
  });

  it('streams each match as it is found, and what it came to', async () => {
    for (let index = 0; index < 5; index += 1) await put(`stream/${index}`, 'needle');
    await symlink(
      path.join(daemon.folders.homePath, 'stream'),
      path.join(daemon.folders.homePath, 'stream/loop'),
    );
    const events = await readSearch(daemon.client, { q: 'needle', path: 'stream' });
    expect(events.map(({ type }) => type)).toEqual([...Array<string>(5).fill('match'), 'end']);
    expect(events.at(-1)).toEqual({ type: 'end', truncated: false, skipped: [], skipped_count: 0 });
    const cut = await readSearch(daemon.client, { q: 'needle', path: 'stream', limit: 2 });
    expect(cut.at(-1)).toMatchObject({ type: 'end', truncated: true });
    await expect(readSearch(daemon.client, { q: '(', regex: 'true' })).rejects.toThrow('HTTP 400');
  });

  it('finds names that are new within a moment, although it keeps them', async () => {
    await put('names/first', 'x');
    expect(await found({ q: 'nam', path: 'names', mode: 'name' })).toEqual([]);
    expect(await found({ q: 'frst', path: 'names', mode: 'name' })).toEqual(['names/first']);
    await put('names/second', 'x');
    const isFound = async () => (await found({ q: 'scnd', path: 'names', mode: 'name' })).length === 1;
    await until(isFound);
    expect(await found({ q: 'scnd', path: 'names', mode: 'name' })).toEqual(['names/second']);
  });
});
