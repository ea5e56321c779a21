import { PodexError } from '@podex/contracts/errors';
import {
  GIT_BRANCHES_MAX,
  GIT_STASHES_MAX,
  type GitBranches,
  type GitCommitEntry,
  type GitLog,
  type GitStashes,
} from '@podex/contracts/git';
import { type GitPlace, runGit } from './git-process.ts';
import { splitRecords } from './parse-status.ts';

const LOG_FIELDS = ['%H', '%P', '%an', '%ae', '%aI', '%D', '%s', '%b'];
const TEXT_CHARACTERS_MAX = 4_000;
const CURSOR = /^([0-9a-f]{40,64})\.(\d{1,9})$/;

export interface LogPage {
  after?: string | undefined;
  limit: number;
}

/** Newest first, from one commit on however the branch moves meanwhile: the cursor names it. @throws PodexError git_failed. */
export async function readLog(place: GitPlace, { after, limit }: LogPage): Promise<GitLog> {
  const start = after === undefined ? await findHead(place) : parseCursor(after);
  if (start === undefined) return { items: [], next: null };
  const { output } = await runGit(place, [
    'log',
    '-z',
    `--format=${LOG_FIELDS.join('%x00')}`,
    '--encoding=UTF-8',
    `--skip=${start.skip}`,
    `--max-count=${limit + 1}`,
    start.commit,
    '--',
  ]);
  const fields = splitRecords(Buffer.concat([output, Buffer.of(0)])).map((field) => field.toString('utf8'));
  const items: GitCommitEntry[] = [];
  for (let at = 0; at + LOG_FIELDS.length <= fields.length; at += LOG_FIELDS.length) {
    items.push(toCommit(fields.slice(at, at + LOG_FIELDS.length)));
  }
  const hasMore = items.length > limit;
  return {
    items: items.slice(0, limit),
    next: hasMore ? `${start.commit}.${start.skip + limit}` : null,
  };
}

async function findHead(place: GitPlace): Promise<{ commit: string; skip: number } | undefined> {
  const { output, exitCode } = await runGit(place, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    accepts: [0, 1],
  });
  return exitCode === 0 ? { commit: output.toString('latin1').trim(), skip: 0 } : undefined;
}

function parseCursor(cursor: string): { commit: string; skip: number } {
  const [, commit, skip] = CURSOR.exec(cursor) ?? [];
  if (commit !== undefined) return { commit, skip: Number(skip) };
  throw new PodexError('invalid_request', 'after must be the `next` of the page before.', {});
}

function toCommit(fields: readonly string[]): GitCommitEntry {
  const [id = '', parents = '', name = '', email = '', date = '', refs = '', subject = '', body = ''] =
    fields.map((field) => field.slice(0, TEXT_CHARACTERS_MAX));
  return {
    id,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author_name: name,
    author_email: email,
    authored_at: date,
    refs: refs.split(', ').filter((ref) => ref !== ''),
    subject,
    body: body.trim(),
  };
}

const BRANCH_FORMAT = ['refname', 'objectname', 'upstream:short', 'HEAD', 'committerdate:iso-strict']
  .map((field) => `%(${field})`)
  .join('%00');

/** The latest first. @throws PodexError git_failed. */
export async function readBranches(place: GitPlace): Promise<GitBranches> {
  const { output } = await runGit(place, [
    'for-each-ref',
    `--format=${BRANCH_FORMAT}`,
    '--sort=-committerdate',
    `--count=${GIT_BRANCHES_MAX + 1}`,
    'refs/heads',
    'refs/remotes',
  ]);
  const lines = output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  const items = lines.flatMap((line) => {
    const [ref = '', commit = '', upstream = '', head = '', date = ''] = line.split('\0');
    const [, kind, name = ''] = /^refs\/(heads|remotes)\/(.+)$/.exec(ref) ?? [];
    // `origin/HEAD` stands for another branch.
    if (kind === undefined || (kind === 'remotes' && name.endsWith('/HEAD'))) return [];
    return {
      name,
      kind: kind === 'heads' ? ('local' as const) : ('remote' as const),
      commit,
      upstream: upstream === '' ? null : upstream,
      current: head === '*',
      committed_at: date,
    };
  });
  return { items: items.slice(0, GIT_BRANCHES_MAX), truncated: lines.length > GIT_BRANCHES_MAX };
}

/** The latest first. @throws PodexError git_failed. */
export async function readStashes(place: GitPlace): Promise<GitStashes> {
  const { output } = await runGit(place, [
    'stash',
    'list',
    '-z',
    '--format=%gs%x00%aI',
    `--max-count=${GIT_STASHES_MAX}`,
  ]);
  const fields = splitRecords(Buffer.concat([output, Buffer.of(0)])).map((field) => field.toString('utf8'));
  return {
    items: Array.from({ length: Math.floor(fields.length / 2) }, (_, index) => ({
      index,
      message: (fields[2 * index] ?? '').slice(0, TEXT_CHARACTERS_MAX),
      created_at: fields[2 * index + 1] ?? '',
    })),
  };
}
