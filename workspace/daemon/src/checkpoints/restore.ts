import { CHECKPOINT_PROBLEMS_MAX, type RestoreReport } from '@podex/contracts/checkpoints';
import { PodexError } from '@podex/contracts/errors';
import { isMissing, isNoFolder, isNotEmpty, translateFileError } from '../files/file-errors.ts';
import { Breath } from './breath.ts';
import type { TreeDifference } from './compare-trees.ts';
import { FolderChain } from './folder-chain.ts';
import { NotReplaceable, restoreEntry } from './restore-entry.ts';
import type { RestoreJournal } from './restore-journal.ts';
import type { StatCache } from './stat-cache.ts';

export type RestoreOutcome = Pick<RestoreReport, 'written' | 'deleted' | 'problems' | 'problems_count'>;

export interface RestoreOptions {
  root: string;
  plan: readonly TreeDifference[];
  journal: RestoreJournal;
  /** Of the checkpoint of the present; after a crash nothing is known. */
  seen: StatCache | undefined;
  /** Where a crash came. */
  interruptedAt: number | undefined;
  readPiece: (id: string) => Buffer;
}

/** Carries a plan out. What can’t be done at one place is said, and the others go on. @throws only when the root is gone. */
export async function carryOut(options: RestoreOptions): Promise<RestoreOutcome> {
  const { root, plan, journal } = options;
  const outcome: RestoreOutcome = { written: 0, deleted: 0, problems: [], problems_count: 0 };
  const breath = new Breath();
  using chain = new FolderChain(root);
  for (const [index, difference] of plan.entries()) {
    if (breath.isDue) await breath.take();
    journal.note(index);
    try {
      restorePlace(chain, difference, options, index);
      if (difference.after === undefined) outcome.deleted += 1;
      else outcome.written += 1;
    } catch (error) {
      if (!isLeft(difference, error)) addProblem(outcome, `${root}/${difference.path.join('/')}`, error);
    }
  }
  return outcome;
}

/** Gone already, or a folder that holds what checkpoints leave out. */
function isLeft({ before, after }: TreeDifference, error: unknown): boolean {
  if (after !== undefined) return false;
  return isMissing(error) || (before?.kind === 'directory' && isNotEmpty(error));
}

function restorePlace(
  chain: FolderChain,
  { path, before, after }: TreeDifference,
  { seen, interruptedAt, readPiece }: RestoreOptions,
  index: number,
): void {
  if (after?.kind === 'skipped') return;
  if (before?.kind === 'directory' || after?.kind === 'directory') chain.reset();
  const place = chain.at(path);
  const isHalfWritten = interruptedAt === index;
  restoreEntry({ place, before, after, seen: seen?.get(path.join('/')), isHalfWritten, readPiece });
}

function addProblem(outcome: RestoreOutcome, path: string, error: unknown): void {
  outcome.problems_count += 1;
  if (outcome.problems.length < CHECKPOINT_PROBLEMS_MAX)
    outcome.problems.push({ path, reason: reasonOf(error, path) });
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof NotReplaceable) return error.message;
  if (isNoFolder(error)) return 'A folder on the way to it was replaced by a file or a link.';
  const problem = translateFileError(error, path);
  if (PodexError.isInstance(problem)) return problem.message;
  throw error;
}
