import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import {
  GIT_STATUS_ENTRIES_MAX,
  type GitOperation,
  type GitStatus,
  type GitStatusEntry,
  type GitStatusQuery,
} from '@podex/contracts/git';
import { lstat } from '../files/disk.ts';
import { spellName } from '../files/file-names.ts';
import { pathspecOf } from './diff.ts';
import { type GitPlace, runGit } from './git-process.ts';
import { parseStatus } from './parse-status.ts';
import { endOf, pageOfEntries } from './status-page.ts';

const STATUS_BYTES_MAX = 2 * 1024 * 1024;
/** Of which a later page is a part. */
const LATER_STATUS_BYTES_MAX = 32 * 1024 * 1024;
/** The kernel’s limit of a path. */
const PATH_BYTES_MAX = 4_096;
/** Of two folders. */
const FOLDERS = { maxBytes: 4 * PATH_BYTES_MAX };

/** Of the paths that one git is given: each may be 4,096 long, and the kernel takes 2 MB. */
const PATHS_AT_ONCE = 200;
/** Submodules are looked at from outside alone: their own configuration would have things run. */
const FORM = ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignore-submodules=dirty'];

/** What lies in git’s folder while an operation waits to be finished, the first that is there. */
const MARKS: readonly [string, GitOperation][] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry_pick'],
  ['REVERT_HEAD', 'revert'],
];

/** @throws PodexError git_failed, invalid_request. */
export async function readStatus(
  place: GitPlace,
  { after }: Pick<GitStatusQuery, 'after'>,
): Promise<GitStatus> {
  const { root, gitFolder } = await findRepository(place);
  const [{ output, isCut }, operation] = await Promise.all([
    runGit(place, [...FORM, '--branch', '--show-stash', '--ahead-behind'], {
      maxBytes: after === undefined ? STATUS_BYTES_MAX : LATER_STATUS_BYTES_MAX,
    }),
    findOperation(gitFolder),
  ]);
  const parsed = parseStatus(output);
  const page = pageOfEntries(parsed.entries, after, GIT_STATUS_ENTRIES_MAX);
  // The first page reads less than there may be: where that was cut, the next one finds more.
  const next = page.next ?? (isCut && after === undefined ? endOf(parsed.entries) : null);
  return { root, operation, ...parsed, entries: page.entries, next, truncated: isCut || next !== null };
}

/** The entries of these files alone, however many others there are. @throws PodexError git_failed. */
export async function readEntriesOf(place: GitPlace, files: readonly string[]): Promise<GitStatusEntry[]> {
  const entries: GitStatusEntry[] = [];
  for (let at = 0; at < files.length; at += PATHS_AT_ONCE) {
    const paths = files.slice(at, at + PATHS_AT_ONCE).map(pathspecOf);
    const { output } = await runGit(place, [...FORM, '--', ...paths], { maxBytes: STATUS_BYTES_MAX });
    entries.push(...parseStatus(output).entries);
  }
  return entries;
}

interface RepositoryFolders {
  root: string;
  gitFolder: string;
}

/** @throws PodexError git_failed when the folder is in no repository, or git holds it for another’s; conflict when what runs is not git. */
export async function findRepository(place: GitPlace): Promise<RepositoryFolders> {
  const folders = await askForFolders(place);
  if (Object.values(folders).every(isFolderPath)) return folders;
  throw notGit();
}

async function askForFolders(place: GitPlace): Promise<RepositoryFolders> {
  const { output } = await runGit(place, ['rev-parse', '--show-toplevel', '--absolute-git-dir'], FOLDERS);
  const lines = withoutLineEnd(output);
  const parts = lines.split('\n/');
  const [root = '', gitFolder] = parts;
  if (parts.length === 2) return { root, gitFolder: `/${gitFolder}` };
  // Names of folders hold line ends, so where the first path ends git has to say.
  const alone = withoutLineEnd((await runGit(place, ['rev-parse', '--show-toplevel'], FOLDERS)).output);
  return { root: alone, gitFolder: lines.slice(alone.length + 1) };
}

function isFolderPath(text: string): boolean {
  return text.startsWith('/') && !text.includes('\0') && Buffer.byteLength(text) <= PATH_BYTES_MAX;
}

function notGit(): PodexError {
  const message =
    'The program git of this workspace does not speak as git does. Install git, or remove the other program from the PATH.';
  return new PodexError('conflict', message, { reason: 'not_git' });
}

function withoutLineEnd(output: Buffer): string {
  return spellName(output).replace(/\n$/, '');
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
