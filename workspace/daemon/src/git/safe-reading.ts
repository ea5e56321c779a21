import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { hasEscapedBytes } from '@podex/contracts/file-names';
import { stat } from '../files/disk.ts';
import { onFile } from '../files/file-errors.ts';
import { canonicalPath } from '../files/file-names.ts';
import { requireOutsideKernel } from '../files/kernel-files.ts';
import { type GitPlace, runGit } from './git-process.ts';

export interface GitHome {
  homePath: string;
  /** What git is started with, before what is fixed here. */
  environment: Readonly<Record<string, string>>;
}

/** A shell’s or an image’s settings of git would change what it says. */
const OF_GIT = /^(GIT_|SSH_ASKPASS|LD_|PAGER$)/;

const FIXED: Readonly<Record<string, string>> = {
  LC_ALL: 'C.UTF-8',
  // The paths and messages are parsed.
  LANGUAGE: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_PAGER: 'cat',
  GIT_EDITOR: 'false',
};

const READING: Readonly<Record<string, string>> = {
  GIT_OPTIONAL_LOCKS: '0',
  // An object that a partial clone lacks is not fetched: that would run what the repository names as its transport.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
};

/** What a repository’s own configuration may not say, whatever is done. */
const NO_HOOKS = optionsOf([
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  // A folder of a cloned repository can look like a repository itself, with a configuration that came with the clone.
  'safe.bareRepository=explicit',
]);

/** Settings by which a repository has something run when it is only looked at. */
const NOTHING_IS_RUN = [
  '--no-pager',
  ...NO_HOOKS,
  ...optionsOf([
    'log.showSignature=false',
    'status.submoduleSummary=false',
    'core.quotePath=false',
    'diff.relative=false',
  ]),
];

function optionsOf(settings: readonly string[]): string[] {
  return settings.flatMap((one) => ['-c', one]);
}

const FILTER_KEY = /^filter\.(.+)\.(clean|smudge|process|required)$/s;
/** What can stand in `-c name=value` for a name. */
const SAYABLE = /^[\x20-\x3c\x3e-\x7e]+$/;

/**
 * Where git runs to look at a repository, in which nothing that the repository configures is run: no hook, monitor, filter, pager, or
 * program for differences. Filters of the user’s own settings stay: those are the user’s word, not the repository’s.
 *
 * @throws PodexError file_not_found, file_not_directory, git_failed.
 */
export async function placeToRead(home: GitHome, given: string, signal: AbortSignal): Promise<GitPlace> {
  const place = await placeToChange(home, given, signal);
  const reading = {
    ...place,
    environment: { ...place.environment, ...READING },
    options: NOTHING_IS_RUN,
  };
  return { ...reading, options: [...NOTHING_IS_RUN, ...(await withoutFilters(reading))] };
}

/**
 * Where git runs to stage and discard: filters run as configured, since they make the content; hooks and monitors do not.
 *
 * @throws PodexError file_not_found, file_not_directory, invalid_request.
 */
export async function placeToChange(
  { homePath, environment }: GitHome,
  given: string,
  signal: AbortSignal,
): Promise<GitPlace> {
  const folder = path.resolve(homePath, canonicalPath(given));
  if (hasEscapedBytes(folder)) {
    const problem = 'A repository whose path is not UTF-8 can only be used in a terminal. Rename its folder.';
    throw new PodexError('invalid_request', problem, {});
  }
  await requireOutsideKernel(folder);
  const stats = await onFile(folder, () => stat(folder));
  if (!stats.isDirectory()) {
    throw new PodexError('file_not_directory', `${folder} is not a folder.`, { path: folder });
  }
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !OF_GIT.test(name)));
  return { folder, environment: { ...kept, ...FIXED }, options: NO_HOOKS, signal };
}

/** Empties each filter that the repository itself configures: git then takes the file as it is. */
async function withoutFilters(place: GitPlace): Promise<string[]> {
  const names = new Set<string>();
  for (const { scope, key } of await listFilters(place)) {
    const name = FILTER_KEY.exec(key)?.[1];
    if (name === undefined || scope === 'global' || scope === 'system') continue;
    if (!SAYABLE.test(name)) {
      throw new PodexError(
        'conflict',
        'The configuration of this repository names a filter that can’t be turned off. Look into its .git/config in a terminal.',
        { reason: 'filter_name' },
      );
    }
    names.add(name);
  }
  return [...names].flatMap((name) =>
    ['clean=', 'smudge=', 'process=', 'required=false'].flatMap((value) => ['-c', `filter.${name}.${value}`]),
  );
}

interface ConfiguredFilter {
  /** Undefined of a git before 2.26, which cannot say. */
  scope: string | undefined;
  key: string;
}

const NONE = 1;
const UNKNOWN_OPTION = 129;

async function listFilters(place: GitPlace): Promise<ConfiguredFilter[]> {
  const ask = ['config', '--includes', '--name-only', '-z', '--get-regexp', '^filter\\.'];
  const accepts = [0, NONE, UNKNOWN_OPTION];
  const { output, exitCode } = await runGit(place, ['config', '--show-scope', ...ask.slice(1)], { accepts });
  if (exitCode !== UNKNOWN_OPTION) {
    const parts = output.toString('latin1').split('\0');
    return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => ({
      scope: parts[2 * index],
      key: parts[2 * index + 1] ?? '',
    }));
  }
  const old = await runGit(place, ask, { accepts: [0, NONE] });
  return old.output
    .toString('latin1')
    .split('\0')
    .map((key) => ({ scope: undefined, key }));
}
