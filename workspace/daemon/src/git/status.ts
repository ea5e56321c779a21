import path from 'node:path';
import { GIT_STATUS_ENTRIES_MAX, type GitOperation, type GitStatus } from '@podex/contracts/git';
import { lstat } from '../files/disk.ts';
import { spellName } from '../files/file-names.ts';
import { type GitPlace, runGit } from './git-process.ts';
import { parseStatus } from './parse-status.ts';

const STATUS_BYTES_MAX = 2 * 1024 * 1024;

/** What lies in git’s folder while an operation waits to be finished, the first that is there. */
const MARKS: readonly [string, GitOperation][] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry_pick'],
  ['REVERT_HEAD', 'revert'],
];

/** Submodules are looked at from outside alone: their own configuration would have things run. @throws PodexError git_failed. */
export async function readStatus(place: GitPlace): Promise<GitStatus> {
  const { root, gitFolder } = await findRepository(place);
  const [{ output, isCut }, operation] = await Promise.all([
    runGit(
      place,
      [
        'status',
        '--porcelain=v2',
        '-z',
        '--branch',
        '--show-stash',
        '--untracked-files=all',
        '--ignore-submodules=dirty',
        '--ahead-behind',
      ],
      { maxBytes: STATUS_BYTES_MAX },
    ),
    findOperation(gitFolder),
  ]);
  const parsed = parseStatus(output);
  return {
    root,
    operation,
    ...parsed,
    entries: parsed.entries.slice(0, GIT_STATUS_ENTRIES_MAX),
    truncated: isCut || parsed.entries.length > GIT_STATUS_ENTRIES_MAX,
  };
}

/** @throws PodexError git_failed when the folder is in no repository, or git holds it for another’s. */
export async function findRepository(place: GitPlace): Promise<{ root: string; gitFolder: string }> {
  const { output } = await runGit(place, ['rev-parse', '--show-toplevel', '--absolute-git-dir']);
  // A folder’s name may hold a line end; git’s folder is the last that begins with a slash.
  const text = spellName(output).replace(/\n$/, '');
  const split = text.lastIndexOf('\n/');
  return { root: text.slice(0, split), gitFolder: text.slice(split + 1) };
}

async function findOperation(gitFolder: string): Promise<GitOperation | null> {
  for (const [name, operation] of MARKS) {
    const isThere = await lstat(path.join(gitFolder, name)).then(
      () => true,
      () => false,
    );
    if (isThere) return operation;
  }
  return null;
}
