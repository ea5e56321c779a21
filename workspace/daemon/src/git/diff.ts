import { hasEscapedBytes } from '@podex/contracts/file-names';
import { GIT_DIFF_BYTES_MAX, type GitDiff, type GitDiffQuery } from '@podex/contracts/git';
import { type GitPlace, runGit } from './git-process.ts';
import { parseDiff, type RawFileDiff } from './parse-diff.ts';

/** What a difference looks like is ours to say, whatever is configured; no program of the repository’s makes it. */
const FORM = [
  '--patch',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--unified=3',
  '--inter-hunk-context=0',
  '--submodule=short',
  '--ignore-submodules=dirty',
  '--find-renames',
  '-O/dev/null',
];

export type DiffWanted = Pick<GitDiffQuery, 'source' | 'file' | 'commit' | 'stash'>;

/** @throws PodexError git_failed. */
export async function readDiff(place: GitPlace, wanted: DiffWanted): Promise<GitDiff> {
  const { files, isCut } = await readRawDiff(place, wanted);
  return { files: files.map(({ shown }) => shown), truncated: isCut };
}

/** With the bytes that git wrote. */
export async function readRawDiff(
  place: GitPlace,
  wanted: DiffWanted,
): Promise<{ files: RawFileDiff[]; isCut: boolean }> {
  const { file } = wanted;
  const only = file === undefined ? [] : ['--', pathspecOf(file)];
  const { output, isCut } = await runGit(place, [...whatOf(wanted), ...only], {
    maxBytes: GIT_DIFF_BYTES_MAX,
  });
  const files = parseDiff(output, isCut);
  return { files: file === undefined ? files : files.filter(({ shown }) => shown.path === file), isCut };
}

function whatOf({ source, commit = '', stash = 0 }: DiffWanted): string[] {
  switch (source) {
    case 'unstaged':
      return ['diff', ...FORM];
    case 'staged':
      return ['diff', '--cached', ...FORM];
    case 'commit':
      return ['show', '--format=', '--first-parent', '-m', ...FORM, commit];
    case 'stash':
      return ['show', '--format=', '--first-parent', '-m', ...FORM, `stash@{${stash}}`];
  }
}

/** One file. Programs are started with text alone: a byte that is no UTF-8 is any character; what else that finds is the caller’s to sort out. */
export function pathspecOf(file: string): string {
  if (!hasEscapedBytes(file)) return `:(top,literal)${file}`;
  const pattern = Array.from(file, (character) =>
    hasEscapedBytes(character) ? '?' : character.replace(/[*?[\]\\]/, '\\$&'),
  );
  return `:(top,glob)${pattern.join('')}`;
}
