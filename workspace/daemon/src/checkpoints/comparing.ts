import { isUtf8 } from 'node:buffer';
import {
  CHECKPOINT_CHANGES_MAX,
  CHECKPOINT_TEXT_BYTES_MAX,
  type CheckpointChange,
  type CheckpointDiff,
  type CheckpointEntryKind,
  type CheckpointFileDiff,
  type ComparisonSide,
} from '@podex/contracts/checkpoints';
import { diskPath } from '../files/file-names.ts';
import type { CheckpointRecord } from './checkpoint-records.ts';
import type { Checkpoints } from './checkpoints.ts';
import { compareTrees, type TreeDifference } from './compare-trees.ts';
import { readBounded } from './file-reading.ts';
import { countLines } from './line-counts.ts';
import { segmentsBelow } from './open-project.ts';
import { parseTree, type TreeEntry } from './tree.ts';

/** Files whose lines are counted. */
const COUNTED_MAX = 200;
const NUL = 0x00;
const CHARACTER_BYTES_MAX = 4;
const EMPTY_TREE_ENTRIES = 0;

/** One of the two states that are compared. */
interface Side {
  tree: string | undefined;
  contentOf: (path: readonly string[], entry: TreeEntry) => Buffer | undefined;
}

interface Comparison {
  root: string;
  before: Side;
  after: Side;
  read: (tree: string) => TreeEntry[];
}

export interface ComparingOptions {
  checkpoints: Checkpoints;
  homePath: string;
}

/** Which files differ. @throws PodexError checkpoint_not_found, checkpoint_damaged, and those of files. */
export async function compare(
  record: CheckpointRecord,
  other: ComparisonSide,
  { checkpoints }: ComparingOptions,
): Promise<CheckpointDiff> {
  const comparison = await openComparison(record, other, checkpoints);
  const { read, before, after, root } = comparison;
  const changes: CheckpointChange[] = [];
  let total = 0;
  for (const difference of compareTrees(read, before.tree, after.tree)) {
    if (!isShown(difference, read)) continue;
    total += 1;
    if (changes.length === CHECKPOINT_CHANGES_MAX) continue;
    changes.push(
      toChange(difference, root, changes.length < COUNTED_MAX ? linesOf(difference, comparison) : null),
    );
  }
  return { changes, total };
}

/** Both sides of one file. @throws as `compare`. */
export async function compareFile(
  record: CheckpointRecord,
  { with: other, path }: { with: ComparisonSide; path: string },
  { checkpoints, homePath }: ComparingOptions,
): Promise<CheckpointFileDiff> {
  const { root, before, after, read } = await openComparison(record, other, checkpoints);
  const segments = segmentsBelow(root, homePath, path);
  const sides = [before, after].map((side) => {
    const entry = findEntry(read, side.tree, segments);
    return entry && side.contentOf(segments, entry);
  });
  const isBinary = sides.some((content) => content !== undefined && !isText(content));
  const texts = sides.map((content) => (content === undefined || isBinary ? null : textOf(content)));
  return {
    before: texts[0] ?? null,
    after: texts[1] ?? null,
    is_binary: isBinary,
    is_cut: sides.some((content) => content !== undefined && content.length > CHECKPOINT_TEXT_BYTES_MAX),
  };
}

async function openComparison(
  record: CheckpointRecord,
  other: ComparisonSide,
  checkpoints: Checkpoints,
): Promise<Comparison> {
  const { snapshots } = checkpoints;
  const { objects } = snapshots;
  const root = record.checkpoint.path;
  const stored = (tree: string | undefined): Side => ({
    tree,
    contentOf: (_path, entry) => contentOf(entry),
  });
  const contentOf = (entry: TreeEntry) => {
    if (entry.kind === 'symlink') return Buffer.from(entry.target);
    if (entry.kind !== 'file') return undefined;
    // One piece is more than is shown.
    return entry.pieces.length === 0 ? Buffer.alloc(0) : objects.read(entry.pieces[0] ?? '');
  };
  if (other === 'now') {
    const trees = new Map<string, Buffer>();
    const request = {
      project: { root, isHome: record.is_home },
      input: { include_ignored: record.checkpoint.include_ignored },
      tracked: record.tree,
    };
    const scan = await snapshots.look(request, { has: () => true, add: (id, bytes) => trees.set(id, bytes) });
    const read = (id: string) => {
      const bytes = trees.get(id);
      return bytes === undefined ? objects.readTree(id) : parseTree(bytes);
    };
    const after: Side = {
      tree: scan.tree,
      contentOf: (path, entry) =>
        entry.kind === 'symlink'
          ? Buffer.from(entry.target)
          : readBounded(diskPath([root, ...path].join('/')), CHECKPOINT_TEXT_BYTES_MAX + 1),
    };
    return { root, before: stored(record.tree), after, read };
  }
  const earlier = other === 'previous' ? snapshots.records.before(record) : checkpoints.get(other);
  const read = (id: string) => objects.readTree(id);
  return { root, before: stored(earlier?.tree), after: stored(record.tree), read };
}

/** Folders are seen by what is in them, except those where nothing is. What is not kept is no change. */
function isShown({ before, after }: TreeDifference, read: Comparison['read']): boolean {
  if (before?.kind === 'skipped') return false;
  return [before, after].some((entry) => {
    if (entry === undefined) return false;
    return entry.kind !== 'directory' || read(entry.tree).length === EMPTY_TREE_ENTRIES;
  });
}

function toChange(
  { path, before, after }: TreeDifference,
  root: string,
  lines: CheckpointChange['lines'],
): CheckpointChange {
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'modified';
  return { path: [root, ...path].join('/'), kind, before: kindOf(before), after: kindOf(after), lines };
}

function kindOf(entry: TreeEntry | undefined): CheckpointEntryKind | null {
  return entry === undefined || entry.kind === 'skipped' ? null : entry.kind;
}

function linesOf({ path, before, after }: TreeDifference, comparison: Comparison): CheckpointChange['lines'] {
  const sides = [
    before && comparison.before.contentOf(path, before),
    after && comparison.after.contentOf(path, after),
  ];
  const isCounted = sides.every(
    (content) => content === undefined || (content.length <= CHECKPOINT_TEXT_BYTES_MAX && isText(content)),
  );
  return isCounted ? countLines(sides[0], sides[1]) : null;
}

function findEntry(
  read: Comparison['read'],
  tree: string | undefined,
  [name, ...deeper]: readonly string[],
): TreeEntry | undefined {
  if (tree === undefined || name === undefined) return undefined;
  const entry = read(tree).find((one) => one.name === name);
  if (deeper.length === 0) return entry;
  return entry?.kind === 'directory' ? findEntry(read, entry.tree, deeper) : undefined;
}

/** As git sees it: without a NUL. What is shown must be UTF-8 as well; a character may be cut at the end. */
function isText(content: Buffer): boolean {
  const shown = content.subarray(0, CHECKPOINT_TEXT_BYTES_MAX);
  return !shown.includes(NUL) && isUtf8(toCharacter(shown));
}

function textOf(content: Buffer): string {
  return toCharacter(content.subarray(0, CHECKPOINT_TEXT_BYTES_MAX)).toString('utf8');
}

/** Without a last character of which bytes are missing. */
function toCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(CHARACTER_BYTES_MAX, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isInside = (byte & 0xc0) === 0x80;
    if (!isInside) return lengthFrom(byte) > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

/** Of the character that begins with the byte. */
function lengthFrom(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
