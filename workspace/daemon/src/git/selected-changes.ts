import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { GitSelection } from '@podex/contracts/git';
import { openGate } from '../files/commit-gate.ts';
import { deleteFile } from '../files/delete-file.ts';
import { diskPath } from '../files/file-names.ts';
import { readRawDiff } from './diff.ts';
import { type GitPlace, runGit } from './git-process.ts';
import { type HunkSelection, patchOf } from './hunk-patch.ts';
import { findRepository, readEntriesOf } from './status.ts';

/** The two ways of running git in one repository. */
export interface Places {
  reading: GitPlace;
  changing: GitPlace;
  homePath: string;
}

const FROM_INPUT = ['--pathspec-from-file=-', '--pathspec-file-nul'];

/** @throws PodexError git_failed, conflict. */
export async function stage(places: Places, { files, hunks }: GitSelection): Promise<void> {
  if (hunks !== undefined) return applyHunks(places, hunks, 'unstaged', ['--cached']);
  await onFiles(places, files, ['add', '--all']);
}

/** @throws PodexError git_failed, conflict. */
export async function unstage(places: Places, { files, hunks }: GitSelection): Promise<void> {
  if (hunks !== undefined) return applyHunks(places, hunks, 'staged', ['--cached', '--reverse']);
  const { exitCode } = await runGit(places.reading, ['rev-parse', '--verify', '--quiet', 'HEAD'], {
    accepts: [0, 1],
  });
  const hasCommit = exitCode === 0;
  await onFiles(
    places,
    files,
    hasCommit ? ['reset', '--quiet'] : ['rm', '--cached', '--quiet', '-r', '--force'],
  );
}

/** Only what git itself calls untracked is deleted. @throws PodexError git_failed, conflict. */
export async function discard(places: Places, { files = [], hunks }: GitSelection): Promise<void> {
  if (hunks !== undefined) return applyHunks(places, hunks, 'unstaged', ['--reverse']);
  const { root } = await findRepository(places.reading);
  const entries = await readEntriesOf(places.reading, files);
  const known = new Map(entries.map((entry) => [entry.path, entry]));
  const tracked: string[] = [];
  const untracked: string[] = [];
  for (const file of files) {
    const entry = known.get(file);
    if (entry === undefined || (entry.kind === 'tracked' && entry.unstaged === null)) throw notChanged(file);
    (entry.kind === 'untracked' ? untracked : tracked).push(file);
  }
  if (tracked.length > 0) await onFiles(places, tracked, ['checkout', '--quiet']);
  for (const file of untracked) {
    await deleteFile(path.join(root, file), { homePath: places.homePath, gate: openGate });
  }
}

async function onFiles(
  { changing }: Places,
  files: readonly string[] = [],
  args: readonly string[],
): Promise<void> {
  const place = await atRoot(changing);
  const literal = { ...place, environment: { ...place.environment, GIT_LITERAL_PATHSPECS: '1' } };
  const input = Buffer.concat(files.flatMap((file) => [Buffer.from(diskPath(file)), Buffer.of(0)]));
  await runGit(literal, [...args, ...FROM_INPUT], { input });
}

async function applyHunks(
  { reading, changing }: Places,
  selection: HunkSelection,
  source: 'staged' | 'unstaged',
  args: readonly string[],
): Promise<void> {
  const { files } = await readRawDiff(reading, { source, file: selection.file });
  const patch = patchOf(files[0], selection, { isReverse: args.includes('--reverse') });
  await runGit(await atRoot(changing), ['apply', '--whitespace=nowarn', ...args, '-'], { input: patch });
}

/** Paths of a selection start there. */
async function atRoot(place: GitPlace): Promise<GitPlace> {
  return { ...place, folder: (await findRepository(place)).root };
}

function notChanged(file: string): PodexError {
  return new PodexError(
    'conflict',
    `${shownPath(file)} has no change to discard any more. Load the changes again.`,
    { reason: 'not_changed' },
  );
}
