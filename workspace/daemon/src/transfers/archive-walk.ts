import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { shownPath } from '@podex/contracts/file-names';
import { isMissing, translateFileError } from '../files/file-errors.ts';
import { diskPath, spellName } from '../files/file-names.ts';
import { listKernelNames } from '../files/kernel-files.ts';
import { OpenFolder } from '../files/open-folder.ts';

const CHUNK_BYTES = 262_144;
/** Each level holds a descriptor. */
const DEPTH_MAX = 400;
/** Places that are named of those left out. */
const LEFT_OUT_MAX = 1_000;
/** The file at the end of an archive that says what is not in it, or otherwise than on the disk. */
export const LEFT_OUT_NAME = 'podex-left-out.txt';
const READ_ITSELF = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What an archive holds under one name. */
export interface ArchiveEntry {
  /** In the archive: bytes as the disk has them; a folder’s ends in a slash. */
  name: Buffer;
  type: 'file' | 'folder' | 'link';
  /** With the bits of its type. */
  mode: number;
  modifiedAt: Date;
  /** Of the content, which has exactly so many. */
  size: number;
  /** Read as it is asked for, once, before the next entry is asked for. */
  content: AsyncIterable<Buffer>;
  /** Where a link leads. */
  linkTarget?: Buffer;
  /** Notes something about it, for the last file of the archive. */
  note: (reason: string) => void;
}

/**
 * All of a file or folder, read as it is asked for. It is walked by descriptors, so that nothing that is swapped meanwhile leads out of it;
 * links are entries, and never followed. What could not be read is named in a last file.
 */
export async function* walkArchive(root: string): AsyncGenerator<ArchiveEntry> {
  const walk = new ArchiveWalk();
  const above = path.dirname(root);
  await using folder = await OpenFolder.open(diskPath(above));
  const name = Buffer.from(diskPath(path.basename(root) || '.'));
  const inArchive = root === '/' ? Buffer.from('root') : name;
  yield* walk.entry({ folder, path: above, depth: 0 }, name, inArchive);
  yield* walk.leftOut();
}

interface Place {
  folder: OpenFolder;
  /** On the disk; for what is left out. */
  path: string;
  depth: number;
}

class ArchiveWalk {
  readonly #leftOut: string[] = [];
  #leftOutCount = 0;

  /** What bears `name` in a folder, as `inArchive`. */
  async *entry(place: Place, name: Buffer, inArchive: Buffer): AsyncGenerator<ArchiveEntry> {
    const file = path.join(place.path, spellName(name));
    const stats = await this.#unless(file, () => fs.lstat(place.folder.at(name)));
    if (stats === undefined) return;
    if (stats.isDirectory()) yield* this.#folder(place, name, { inArchive, stats, file });
    else if (stats.isSymbolicLink()) yield* this.#link(place, name, { inArchive, stats, file });
    else if (stats.isFile()) yield* this.#file(place, name, { inArchive, file });
    else this.#note(file, 'a device, a pipe or a socket');
  }

  async *leftOut(): AsyncGenerator<ArchiveEntry> {
    if (this.#leftOutCount === 0) return;
    const more = this.#leftOutCount - this.#leftOut.length;
    const lines = more > 0 ? [...this.#leftOut, `and ${more} more`] : this.#leftOut;
    const text = Buffer.from(`${lines.join('\n')}\n`);
    yield {
      name: Buffer.from(LEFT_OUT_NAME),
      type: 'file',
      mode: constants.S_IFREG | 0o644,
      modifiedAt: new Date(),
      size: text.length,
      content: once(text),
      note: () => undefined,
    };
  }

  async *#folder(
    place: Place,
    name: Buffer,
    { inArchive, stats, file }: Found & { stats: Stats },
  ): AsyncGenerator<ArchiveEntry> {
    if (place.depth === DEPTH_MAX) {
      this.#note(file, `more than ${DEPTH_MAX} folders deep`);
      return;
    }
    const opened = await this.#unless(file, () => place.folder.openChild(name));
    if (opened === undefined) return;
    await using folder = opened;
    const prefix = Buffer.concat([inArchive, Buffer.from('/')]);
    yield { ...this.#common(stats, file), name: prefix, type: 'folder' };
    const passedOver = new Set(await listKernelNames(file));
    const entries = await this.#unless(file, () => folder.entries());
    for await (const { name: child } of entries ?? []) {
      if (passedOver.has(spellName(child))) continue;
      yield* this.entry(
        { folder, path: file, depth: place.depth + 1 },
        child,
        Buffer.concat([prefix, child]),
      );
    }
  }

  async *#link(
    { folder }: Place,
    name: Buffer,
    { inArchive, stats, file }: Found & { stats: Stats },
  ): AsyncGenerator<ArchiveEntry> {
    const linkTarget = await this.#unless(file, () => fs.readlink(folder.at(name), { encoding: 'buffer' }));
    if (linkTarget === undefined) return;
    yield { ...this.#common(stats, file), name: inArchive, type: 'link', linkTarget };
  }

  /** With the size that it had at the start: what it grows by is left out, and what it shrinks by is filled with zeros. */
  async *#file({ folder }: Place, name: Buffer, { inArchive, file }: Found): AsyncGenerator<ArchiveEntry> {
    const opened = await this.#unless(file, () => fs.open(folder.at(name), READ_ITSELF));
    if (opened === undefined) return;
    await using handle = opened;
    const stats = await handle.stat();
    if (!stats.isFile()) return;
    const { size } = stats;
    const content = this.#content(handle, { file, size });
    yield { ...this.#common(stats, file), name: inArchive, type: 'file', size, content };
  }

  async *#content(
    handle: fs.FileHandle,
    { file, size }: { file: string; size: number },
  ): AsyncGenerator<Buffer> {
    let left = size;
    while (left > 0) {
      const wanted = Math.min(CHUNK_BYTES, left);
      const piece = Buffer.allocUnsafe(wanted);
      const read = await this.#unless(file, () => handle.read(piece, 0, wanted, size - left));
      if (read === undefined || read.bytesRead === 0) break;
      left -= read.bytesRead;
      yield piece.subarray(0, read.bytesRead);
    }
    if (left > 0) this.#note(file, `its last ${left} bytes are zeros: it changed while it was read`);
    for (; left > 0; left -= Math.min(left, CHUNK_BYTES)) yield Buffer.alloc(Math.min(left, CHUNK_BYTES));
  }

  #common({ mode, mtime }: Stats, file: string) {
    const note = (reason: string) => this.#note(file, reason);
    return { mode, modifiedAt: mtime, size: 0, content: once(), note };
  }

  /** Undefined when it could not be done, which is noted, unless the entry is gone. */
  async #unless<Result>(file: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) return undefined;
      const problem = translateFileError(error, file);
      if (problem === error) throw error;
      this.#note(file, problem instanceof Error ? problem.message : 'unreadable');
      return undefined;
    }
  }

  #note(file: string, reason: string): void {
    this.#leftOutCount += 1;
    if (this.#leftOut.length < LEFT_OUT_MAX) this.#leftOut.push(`${shownPath(file)}: ${reason}`);
  }
}

interface Found {
  inArchive: Buffer;
  /** On the disk; for what is left out. */
  file: string;
}

async function* once(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}
