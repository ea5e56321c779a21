import type { GitStatusEntry } from '@podex/contracts/git';
import { describe, expect, it } from 'vitest';
import { spellName } from '../files/file-names.ts';
import { pageOfEntries } from './status-page.ts';

const entry = (path: string, kind: GitStatusEntry['kind'] = 'untracked'): GitStatusEntry => ({
  path,
  kind,
  staged: null,
  unstaged: null,
});
const ALL = [
  entry('b', 'tracked'),
  entry('z', 'tracked'),
  entry('a', 'conflicted'),
  ...['A', 'a', 'aé', spellName(Buffer.from('a\xff', 'latin1')), 'b'].map((path) => entry(path)),
];

/** All pages, one after the other; before each, what is there may change. */
function pathsOf(limit: number, read: (page: number) => readonly GitStatusEntry[]): string[] {
  const paths: string[] = [];
  let after: string | undefined;
  for (let page = 0; page === 0 || after !== undefined; page += 1) {
    const { entries, next } = pageOfEntries(read(page), after, limit);
    paths.push(...entries.map(({ path }) => path));
    after = next ?? undefined;
  }
  return paths;
}

describe('pages of a status', () => {
  it.each([1, 2, 3, 7, 8, 100])('of %i entries hold every entry once, in git’s order', (limit) => {
    expect(pathsOf(limit, () => ALL)).toEqual(ALL.map(({ path }) => path));
  });

  it('lose and repeat no entry when others come and go between them', () => {
    const more = [entry('0', 'tracked'), ...ALL.filter(({ path }) => path !== 'z')];
    expect(pathsOf(2, (page) => (page === 0 ? ALL : more))).toEqual(ALL.map(({ path }) => path));
  });

  it.each(['', '1', '3.YQ', '0.', '0.a b', '-1.YQ'])('do not begin at %j', (after) => {
    expect(() => pageOfEntries(ALL, after, 2)).toThrow(/next/);
  });
});
