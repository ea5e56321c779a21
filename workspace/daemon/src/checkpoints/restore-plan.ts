import { compareTrees, type TreeDifference } from './compare-trees.ts';
import type { TreeEntry } from './tree.ts';

/**
 * What is to be done, in an order in which it can be: first everything that goes, what is in a folder before the folder, then
 * everything that comes, a folder before what is in it. A file whose content changes is in the second part. The same two trees give
 * the same plan.
 */
export function planRestore(
  read: (id: string) => TreeEntry[],
  { before, after, only }: { before: string; after: string; only: readonly string[] },
): TreeDifference[] {
  const files: TreeDifference[] = [];
  const folders: TreeDifference[] = [];
  const additions: TreeDifference[] = [];
  for (const difference of compareTrees(read, before, after)) {
    if (!isWithin(difference, only)) continue;
    const { going, coming } = stepsOf(difference);
    if (going !== undefined) (going.before?.kind === 'directory' ? folders : files).push(going);
    if (coming !== undefined) additions.push(coming);
  }
  return [...files, ...folders.reverse(), ...additions];
}

/** A file that stays one is written over. What is not kept does not go. */
function stepsOf({
  path,
  before,
  after,
}: TreeDifference): Record<'going' | 'coming', TreeDifference | undefined> {
  const staysOrIsNotKept = before?.kind === 'skipped' || (before?.kind === 'file' && after?.kind === 'file');
  const coming = after && { path, before: staysOrIsNotKept ? before : undefined, after };
  const going = before && !staysOrIsNotKept ? { path, before, after: undefined } : undefined;
  return { going, coming };
}

/** In what was asked for, or a folder on the way to it that is missing. */
function isWithin({ path, before }: TreeDifference, only: readonly string[]): boolean {
  const isBelow = only.every((name, index) => path[index] === name);
  const isOnTheWay = before === undefined && path.every((name, index) => only[index] === name);
  return isBelow || isOnTheWay;
}
