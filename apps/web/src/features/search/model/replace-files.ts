import type { ReplaceInput, ReplaceResult } from '@podex/contracts/replacing';
import { countOf } from '@podex/contracts/text';
import { messageOf } from '#lib/api-client.ts';
import { FILES_AT_ONCE } from '../api/replace.ts';

const HOME = '/home/dev';

export type ReplaceTarget = ReplaceInput['files'][number];

export interface ReplaceOutcome {
  replacements: number;
  /** That were changed. */
  files: number;
  /** Why files were left as they are, the first first. */
  problems: string[];
}

/** Replaces in some files at a time. What failed in the middle is a problem as others are: what was done before it is done. */
export async function replaceInAll(
  targets: readonly ReplaceTarget[],
  replace: (part: ReplaceTarget[]) => Promise<ReplaceResult>,
): Promise<ReplaceOutcome> {
  const outcome: ReplaceOutcome = { replacements: 0, files: 0, problems: [] };
  for (let at = 0; at < targets.length; at += FILES_AT_ONCE) {
    try {
      const { files } = await replace(targets.slice(at, at + FILES_AT_ONCE));
      for (const { replacements, problem } of files) {
        outcome.replacements += replacements;
        if (problem === null) outcome.files += 1;
        else outcome.problems.push(problem.message);
      }
    } catch (error) {
      outcome.problems.push(messageOf(error));
      break;
    }
  }
  return outcome;
}

/** "4 matches replaced in 2 files". */
export function replacedText({ replacements, files }: ReplaceOutcome): string {
  return `${countOf(replacements, 'match', 'matches')} replaced in ${countOf(files, 'file')}`;
}

/** "The first reason And 2 more." */
export function problemsText({ problems }: ReplaceOutcome): string {
  const [first = '', ...others] = problems;
  return others.length === 0 ? first : `${first} And ${others.length} more.`;
}

/** The nearest folder that holds all of the files. */
export function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -1));
  const differs = (part: string, index: number) => others.some((parts) => parts[index] !== part);
  const end = first.findIndex(differs);
  return (end === -1 ? first : first.slice(0, end)).join('/') || '/';
}

/** Files that a checkpoint of their common folder does not hold: directly in the home, what begins with a dot is left out. */
export function withoutCheckpoint(paths: readonly string[]): string[] {
  if (commonFolder(paths) !== HOME) return [];
  return paths.filter((path) => path.startsWith(`${HOME}/.`));
}
