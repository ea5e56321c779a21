import { compareNames, isSame, type TreeEntry } from './tree.ts';

/** One place that differs. Where one side has a folder, what is in it follows. */
export interface TreeDifference {
  /** Below the root. */
  path: readonly string[];
  before: TreeEntry | undefined;
  after: TreeEntry | undefined;
}

type ReadTree = (id: string) => TreeEntry[];

/**
 * What differs between two trees, in the order of paths. Folders that are the same are not read. Undefined: an empty tree. Of what the
 * later tree only knows to be there, nothing is said.
 */
export function* compareTrees(
  read: ReadTree,
  before: string | undefined,
  after: string | undefined,
  above: readonly string[] = [],
): Generator<TreeDifference> {
  if (before === after) return;
  for (const { name, ...pair } of pairs(before ? read(before) : [], after ? read(after) : [])) {
    if (pair.after?.kind === 'skipped') continue;
    const path = [...above, name];
    if (isDifferent(pair)) yield { path, ...pair };
    if (pair.before?.kind === 'skipped') continue;
    yield* compareTrees(read, treeOf(pair.before), treeOf(pair.after), path);
  }
}

interface Pair {
  before: TreeEntry | undefined;
  after: TreeEntry | undefined;
}

function isDifferent({ before, after }: Pair): boolean {
  return before === undefined || after === undefined || !isSame(before, after);
}

/** In the order of names. */
function pairs(before: readonly TreeEntry[], after: readonly TreeEntry[]): (Pair & { name: string })[] {
  const earlier = new Map(before.map((entry) => [entry.name, entry]));
  const later = new Map(after.map((entry) => [entry.name, entry]));
  const names = [...new Set([...earlier.keys(), ...later.keys()])].sort(compareNames);
  return names.map((name) => ({ name, before: earlier.get(name), after: later.get(name) }));
}

function treeOf(entry: TreeEntry | undefined): string | undefined {
  return entry?.kind === 'directory' ? entry.tree : undefined;
}
