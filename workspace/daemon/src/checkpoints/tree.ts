import { PodexError } from '@podex/contracts/errors';

/** What a folder holds under one name. Of a file the hashes of its pieces, of a folder that of its tree. */
export type TreeEntry =
  | { name: string; kind: 'file'; mode: number; bytes: number; pieces: readonly string[] }
  | { name: string; kind: 'directory'; tree: string }
  | { name: string; kind: 'symlink'; target: string }
  /** It is there and not kept: a restore leaves it alone. */
  | { name: string; kind: 'skipped' };
export type KeptEntry = Exclude<TreeEntry, { kind: 'skipped' }>;

type Row =
  | [name: string, kind: 'f', mode: number, bytes: number, ...pieces: string[]]
  | [name: string, kind: 'd' | 'l', content: string]
  | [name: string, kind: 's'];

/** One folder, sorted by name: the same content always has the same bytes, and so the same hash. */
export function serializeTree(entries: readonly TreeEntry[]): Buffer {
  return Buffer.from(JSON.stringify(entries.toSorted(byName).map(toRow)));
}

/** The bytes are ours: their hash was checked. */
export function parseTree(bytes: Buffer): TreeEntry[] {
  return (JSON.parse(bytes.toString('utf8')) as Row[]).map(toEntry);
}

function byName(one: TreeEntry, other: TreeEntry): number {
  return compareNames(one.name, other.name);
}

export function compareNames(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function toRow(entry: TreeEntry): Row {
  switch (entry.kind) {
    case 'file':
      return [entry.name, 'f', entry.mode, entry.bytes, ...entry.pieces];
    case 'directory':
      return [entry.name, 'd', entry.tree];
    case 'symlink':
      return [entry.name, 'l', entry.target];
    default:
      return [entry.name, 's'];
  }
}

function toEntry(row: Row): TreeEntry {
  const name = row[0];
  if (row[1] === 'f') {
    const [, , mode, bytes, ...pieces] = row;
    return { name, kind: 'file', mode, bytes, pieces };
  }
  if (row[1] === 'd') return { name, kind: 'directory', tree: row[2] };
  if (row[1] === 'l') return { name, kind: 'symlink', target: row[2] };
  return { name, kind: 'skipped' };
}

/** Whether a restore has nothing to do for it. Of folders only that both are there. */
export function isSame(one: TreeEntry, other: TreeEntry): boolean {
  if (one.kind === 'file' && other.kind === 'file')
    return one.mode === other.mode && hasSameContent(one, other);
  if (one.kind === 'symlink' && other.kind === 'symlink') return one.target === other.target;
  return one.kind === 'directory' && other.kind === 'directory';
}

export function hasSameContent(
  one: { bytes: number; pieces: readonly string[] },
  other: { bytes: number; pieces: readonly string[] },
): boolean {
  if (one.bytes !== other.bytes || one.pieces.length !== other.pieces.length) return false;
  return one.pieces.every((piece, index) => piece === other.pieces[index]);
}

export function damaged(cause?: unknown): PodexError {
  return new PodexError(
    'checkpoint_damaged',
    'A part of this checkpoint can’t be read any more. Delete it, and use another one.',
    {},
    { cause },
  );
}
