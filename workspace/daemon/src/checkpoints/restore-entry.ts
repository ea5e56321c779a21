import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { isMissing, isNotEmpty, isRefused, isRunning } from '../files/file-errors.ts';
import { diskPath, spellName } from '../files/file-names.ts';
import { PIECE_BYTES } from './file-reading.ts';
import { hashOf } from './pack-file.ts';
import { type CachedFile, isAsRead } from './stat-cache.ts';
import type { KeptEntry, TreeEntry } from './tree.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const TO_READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const TO_OVERWRITE = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
const TO_CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
const PERMISSION_BITS = 0o777;
const FOLDER_MODE = 0o755;

type StoredFile = Extract<TreeEntry, { kind: 'file' }>;

/** What stands there is in no checkpoint: it stays. The message says why. */
export class NotReplaceable extends Error {}

const changedMeanwhile = () => new NotReplaceable('It was changed by another program in the meantime.');
const notKept = () =>
  new NotReplaceable('What is there now is left out of checkpoints. Move it away, then restore again.');

export interface EntryChange {
  /** A path to it that cannot be led elsewhere. */
  place: string | Buffer;
  before: TreeEntry | undefined;
  after: KeptEntry | undefined;
  /** How the file looked when its content was read. */
  seen: CachedFile | undefined;
  /** A crash came while it was written: what is there may be half of either. */
  isHalfWritten: boolean;
  readPiece: (id: string) => Buffer;
}

/**
 * Makes one place what it was. A file that is there stays that file: its other names, owner and watchers stay. Throws
 * NotReplaceable, and errors of the operating system.
 */
export function restoreEntry(change: EntryChange): void {
  const { place, before, after } = change;
  if (after !== undefined && isDone(place, after)) return;
  // A damaged one is found before anything is touched.
  if (after?.kind === 'file') for (const id of after.pieces) change.readPiece(id);
  if (before?.kind === 'file' && after?.kind === 'file') {
    overwrite(change, after);
    return;
  }
  if (before !== undefined) remove(change, before);
  if (after !== undefined) createWhereNothingIs(change, after);
}

function createWhereNothingIs(change: EntryChange, after: KeptEntry): void {
  try {
    create(change, after);
  } catch (error) {
    throw isNotEmpty(error) ? notKept() : error;
  }
}

function isDone(place: string | Buffer, after: KeptEntry): boolean {
  const stats = fs.lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (after.kind === 'directory') return stats.isDirectory();
  if (after.kind === 'symlink') return stats.isSymbolicLink() && linkTarget(place) === after.target;
  if (!stats.isFile() || stats.size !== after.bytes || (stats.mode & PERMISSION_BITS) !== after.mode)
    return false;
  return holds(place, after);
}

function remove({ place, seen }: EntryChange, before: TreeEntry): void {
  const stats = fs.lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return;
  switch (before.kind) {
    case 'directory':
      if (stats.isDirectory()) removeFolder(place);
      return;
    case 'file':
      if (!(stats.isFile() && isAsBefore(place, stats, before, seen))) throw changedMeanwhile();
      fs.unlinkSync(place);
      return;
    case 'symlink':
      if (!(stats.isSymbolicLink() && linkTarget(place) === before.target)) throw changedMeanwhile();
      fs.unlinkSync(place);
      return;
    default:
      throw notKept();
  }
}

function removeFolder(place: string | Buffer): void {
  try {
    fs.rmdirSync(place);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function create(change: EntryChange, after: KeptEntry): void {
  const { place } = change;
  switch (after.kind) {
    case 'directory':
      fs.mkdirSync(place, { mode: FOLDER_MODE });
      return;
    case 'symlink':
      fs.symlinkSync(diskPath(after.target), place);
      return;
    default:
      createFile(change, after);
  }
}

function createFile({ place, isHalfWritten, readPiece }: EntryChange, after: StoredFile): void {
  if (isHalfWritten && fs.lstatSync(place, { throwIfNoEntry: false })?.isFile() === true)
    fs.unlinkSync(place);
  const fd = fs.openSync(place, TO_CREATE, 0o600);
  try {
    writePieces(fd, after, readPiece, { start: 0, end: after.bytes });
    fs.fchmodSync(fd, after.mode);
  } catch (error) {
    // Half a file is worse than none, and it was not there before.
    fs.rmSync(place, { force: true });
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

function overwrite(change: EntryChange, after: StoredFile): void {
  const { place, before, seen, isHalfWritten } = change;
  const stats = fs.lstatSync(place, { throwIfNoEntry: false });
  const isExpected =
    before?.kind === 'file' && stats?.isFile() === true && isAsBefore(place, stats, before, seen);
  if (stats === undefined || !(isExpected || (isHalfWritten && stats.isFile()))) throw changedMeanwhile();
  let fd: number;
  try {
    fd = fs.openSync(place, TO_OVERWRITE);
  } catch (error) {
    // A program that runs, or a file that is read-only in a folder that is not, can only be replaced.
    if (!(isRunning(error) || isRefused(error))) throw error;
    replace(change, after);
    return;
  }
  try {
    // Since the look it may have become another file, or none.
    if (!isSameState(stats, fs.fstatSync(fd))) throw changedMeanwhile();
    writeOver(fd, change, after);
  } finally {
    fs.closeSync(fd);
  }
}

function isSameState(one: fs.Stats, other: fs.Stats): boolean {
  return (
    other.isFile() &&
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs
  );
}

/** What needs new space comes first, so that a full disk leaves the old content. */
function writeOver(fd: number, { readPiece }: EntryChange, after: StoredFile): void {
  const old = fs.fstatSync(fd);
  try {
    writePieces(fd, after, readPiece, { start: old.size, end: after.bytes });
  } catch (error) {
    fs.ftruncateSync(fd, old.size);
    throw error;
  }
  writePieces(fd, after, readPiece, { start: 0, end: Math.min(old.size, after.bytes) });
  if (after.bytes < old.size) fs.ftruncateSync(fd, after.bytes);
  if ((old.mode & PERMISSION_BITS) !== after.mode) fs.fchmodSync(fd, after.mode);
}

function replace({ place, readPiece }: EntryChange, after: StoredFile): void {
  const temporary = besideOf(place);
  const fd = fs.openSync(temporary, TO_CREATE, 0o600);
  try {
    writePieces(fd, after, readPiece, { start: 0, end: after.bytes });
    fs.fchmodSync(fd, after.mode);
    fs.renameSync(temporary, place);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** A name that scans pass over, in the same folder. */
function besideOf(place: string | Buffer): Buffer {
  const bytes = Buffer.from(place);
  const folder = bytes.subarray(0, bytes.lastIndexOf('/') + 1);
  return Buffer.concat([folder, Buffer.from(`.podex-${randomBytes(8).toString('hex')}.tmp`)]);
}

function writePieces(
  fd: number,
  { pieces }: StoredFile,
  readPiece: EntryChange['readPiece'],
  { start, end }: { start: number; end: number },
): void {
  for (const [index, id] of pieces.entries()) {
    const at = index * PIECE_BYTES;
    if (at >= end || at + PIECE_BYTES <= start) continue;
    const content = readPiece(id);
    const from = Math.max(0, start - at);
    const to = Math.min(content.length, end - at);
    for (let done = from; done < to; ) done += fs.writeSync(fd, content, done, to - done, at + done);
  }
}

function isAsBefore(
  place: string | Buffer,
  stats: fs.Stats,
  before: StoredFile,
  seen: CachedFile | undefined,
): boolean {
  if (seen?.isSettled && isAsRead(seen, stats)) return true;
  return stats.size === before.bytes && holds(place, before);
}

function holds(place: string | Buffer, { pieces, bytes }: StoredFile): boolean {
  const fd = fs.openSync(place, TO_READ);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(bytes, 1)));
    return pieces.every((id, index) => {
      const length = Math.min(PIECE_BYTES, bytes - index * PIECE_BYTES);
      let done = 0;
      while (done < length) {
        const count = fs.readSync(fd, buffer, done, length - done, index * PIECE_BYTES + done);
        if (count === 0) return false;
        done += count;
      }
      return hashOf(buffer.subarray(0, length)) === id;
    });
  } finally {
    fs.closeSync(fd);
  }
}

function linkTarget(link: string | Buffer): string {
  return spellName(fs.readlinkSync(link, { encoding: 'buffer' }));
}
