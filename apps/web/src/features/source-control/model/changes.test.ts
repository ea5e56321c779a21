import type { GitStatus, GitStatusEntry } from '@podex/contracts/git';
import { describe, expect, it } from 'vitest';
import { aheadAndBehind, filesOf, groupChanges, joinPages } from './changes.ts';

const entry = (path: string, more: Partial<GitStatusEntry>): GitStatusEntry => ({
  path,
  kind: 'tracked',
  staged: null,
  unstaged: null,
  ...more,
});

describe('groupChanges', () => {
  it('shows what is staged and changed again in both lists', () => {
    const { conflicts, staged, changes } = groupChanges({
      entries: [
        entry('src/a.ts', { staged: 'modified', unstaged: 'deleted' }),
        entry('b.ts', { kind: 'untracked' }),
        entry('c.ts', { kind: 'conflicted', conflict: 'both_modified' }),
        entry('d.ts', { staged: 'renamed', old_path: 'old.ts' }),
      ],
    });
    expect(staged.map(({ name, folder, letter }) => [name, folder, letter])).toEqual([
      ['a.ts', 'src', 'M'],
      ['d.ts', '', 'R'],
    ]);
    expect(changes.map(({ path, word }) => [path, word])).toEqual([
      ['src/a.ts', 'Deleted'],
      ['b.ts', 'Untracked'],
    ]);
    expect(conflicts.map(({ path }) => path)).toEqual(['c.ts']);
    expect(filesOf(staged)).toEqual(['src/a.ts', 'd.ts', 'old.ts']);
  });
});

describe('joinPages', () => {
  it('has what the first page says of the repository, and the entries and the end of all', () => {
    const page = (path: string, more: Partial<GitStatus>): GitStatus => ({
      root: '/home/dev/shop',
      branch: 'main',
      head: null,
      upstream: null,
      ahead: null,
      behind: null,
      stashes: 0,
      operation: null,
      entries: [entry(path, {})],
      next: null,
      truncated: false,
      ...more,
    });
    const first = page('a', { next: '0.YQ', truncated: true });
    expect(joinPages([])).toBeUndefined();
    expect(joinPages([first])).toEqual(first);
    const joined = joinPages([first, page('b', { branch: 'other' })]);
    expect(joined).toMatchObject({ branch: 'main', next: null, truncated: false });
    expect(joined?.entries.map(({ path }) => path)).toEqual(['a', 'b']);
  });
});

describe('aheadAndBehind', () => {
  it.each([
    [2, 1, '2 to push, 1 to pull'],
    [0, 0, ''],
    [null, null, ''],
  ])('%s %s', (ahead, behind, words) => {
    expect(aheadAndBehind({ ahead, behind })).toBe(words);
  });
});
