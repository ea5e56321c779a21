import { PodexError } from '@podex/contracts/errors';
import type { SearchEvent } from '@podex/contracts/files';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ContentQuery } from '../api/search.ts';
import { ContentSearch } from './content-search.ts';
import { shownMatch } from './shown-match.ts';

const query = (text: string): ContentQuery => ({
  text,
  isRegex: false,
  isCaseSensitive: false,
  isWholeWord: false,
  include: '',
  exclude: '',
});
const match = (path: string, line: number): SearchEvent => ({
  type: 'match',
  match: { path, line, column: 1, text: 'x', text_column: 1, length: 1 },
});
const END: SearchEvent = { type: 'end', truncated: false, skipped: [], skipped_count: 0 };

describe('ContentSearch', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows the first match at once, and all by file at the end', async () => {
    const gate = Promise.withResolvers<void>();
    const search = new ContentSearch(async function* () {
      yield match('/a', 1);
      await gate.promise;
      yield* [match('/b', 1), match('/a', 9), END];
    });
    const running = search.run(query('x'));
    await vi.advanceTimersByTimeAsync(0);
    expect(search.getSnapshot()).toMatchObject({ status: 'searching', count: 1 });
    gate.resolve();
    await running;
    expect(search.getSnapshot()).toMatchObject({
      status: 'done',
      count: 3,
      files: [{ path: '/a', matches: [{ line: 1 }, { line: 9 }] }, { path: '/b' }],
    });
  });

  it('ends the last search when the next begins, and when it is stopped', async () => {
    const signals: AbortSignal[] = [];
    const search = new ContentSearch(async function* ({ text }, signal) {
      signals.push(signal);
      yield match(`/${text}`, 1);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield match('/late', 1);
    });
    const first = search.run(query('one'));
    await vi.advanceTimersByTimeAsync(0);
    const second = search.run(query('two'));
    await vi.advanceTimersByTimeAsync(0);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    search.stop();
    await Promise.all([first, second]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(search.getSnapshot()).toMatchObject({ status: 'stopped', files: [{ path: '/two' }] });
  });

  it('says why it failed, with what was found until then', async () => {
    const { error } = new PodexError('conflict', 'That is no ripgrep.', {}).toBody('request-1');
    const search = new ContentSearch(async function* () {
      yield* [match('/a', 1), { type: 'error', error } satisfies SearchEvent];
    });
    await search.run(query('x'));
    expect(search.getSnapshot()).toMatchObject({ status: 'failed', error: 'That is no ripgrep.', count: 1 });
    const cut = new ContentSearch(async function* () {
      yield match('/a', 1);
    });
    await cut.run(query('x'));
    expect(cut.getSnapshot()).toMatchObject({ status: 'failed', count: 1 });
    await cut.run(query(''));
    expect(cut.getSnapshot()).toMatchObject({ status: 'idle', count: 0 });
  });
});

describe('a match as it is shown', () => {
  it.each([
    [{ text: '    const x = 1;', column: 11, length: 1 }, ['const ', 'x', ' = 1;']],
    [{ text: `${'a'.repeat(60)}HIT`, column: 61, length: 3 }, [`…${'a'.repeat(26)}`, 'HIT', '']],
    [{ text: 'window HIT', column: 1008, text_column: 1001, length: 3 }, ['window ', 'HIT', '']],
    [{ text: 'one\ntwo', column: 2, length: 5 }, ['o', 'ne', '']],
    [{ text: 'too long to know', column: 5 }, ['too ', '', 'long to know']],
  ])('%j', (given, [before, hit, after]) => {
    expect(shownMatch({ path: '/a', ...given })).toEqual({ before, hit, after });
  });
});
