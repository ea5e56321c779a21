import type { GitChange, GitStatus, GitStatusEntry } from '@podex/contracts/git';

export type ChangeGroup = 'conflicts' | 'staged' | 'changes';

/** One row of a list: an entry that is staged and changed again stands in two. */
export interface ChangeRow {
  path: string;
  name: string;
  folder: string;
  oldPath: string | undefined;
  letter: string;
  word: string;
  isUntracked: boolean;
}

const LETTERS: Readonly<Record<GitChange, string>> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  copied: 'C',
  type_changed: 'T',
};

/** All that was read of a status, as one. Undefined before the first page. */
export function joinPages(pages: readonly GitStatus[]): GitStatus | undefined {
  const [first] = pages;
  const last = pages.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const { next, truncated } = last;
  return { ...first, entries: pages.flatMap(({ entries }) => entries), next, truncated };
}

export function groupChanges({ entries }: Pick<GitStatus, 'entries'>): Record<ChangeGroup, ChangeRow[]> {
  const groups: Record<ChangeGroup, ChangeRow[]> = { conflicts: [], staged: [], changes: [] };
  for (const entry of entries) {
    if (entry.kind === 'conflicted') groups.conflicts.push(toRow(entry, '!', 'Conflict'));
    else if (entry.kind === 'untracked') groups.changes.push(toRow(entry, 'U', 'Untracked'));
    else {
      if (entry.staged !== null)
        groups.staged.push(toRow(entry, LETTERS[entry.staged], wordOf(entry.staged)));
      if (entry.unstaged !== null)
        groups.changes.push(toRow(entry, LETTERS[entry.unstaged], wordOf(entry.unstaged)));
    }
  }
  return groups;
}

function toRow({ path, old_path: oldPath, kind }: GitStatusEntry, letter: string, word: string): ChangeRow {
  const at = path.lastIndexOf('/');
  return {
    path,
    name: path.slice(at + 1),
    folder: at === -1 ? '' : path.slice(0, at),
    oldPath,
    letter,
    word,
    isUntracked: kind === 'untracked',
  };
}

function wordOf(change: GitChange): string {
  const words = change.replace('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What git is told: of what was renamed, both names. */
export function filesOf(rows: readonly ChangeRow[]): string[] {
  return rows.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath]));
}

/** `2 to push, 1 to pull`; empty when both are even. */
export function aheadAndBehind({ ahead, behind }: Pick<GitStatus, 'ahead' | 'behind'>): string {
  const parts = [
    ...((ahead ?? 0) > 0 ? [`${ahead} to push`] : []),
    ...((behind ?? 0) > 0 ? [`${behind} to pull`] : []),
  ];
  return parts.join(', ');
}
