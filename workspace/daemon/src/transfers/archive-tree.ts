import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { shownPath } from '@podex/contracts/file-names';
import { isMissing, translateFileError } from '../files/file-errors.ts';
import { diskPath, spellName } from '../files/file-names.ts';
import { listKernelNames } from '../files/kernel-files.ts';
import { OpenFolder } from '../files/open-folder.ts';
import { TAR_END, type TarEntry, tarHeader, tarPadding } from './tar-header.ts';

const CHUNK_BYTES = 262_144;
/** Each level holds a descriptor. */
const DEPTH_MAX = 400;
/** Places that are named of those left out. */
const LEFT_OUT_MAX = 1_000;
const LEFT_OUT_NAME = 'podex-left-out.txt';
const READ_ITSELF = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The bytes of a tar archive of a file or folder, read as they are asked for. It is walked by descriptors, so that nothing that is swapped
 * meanwhile leads out of it; links are entries, and never followed. What could not be read is named in a last file.
 */
export async function* archiveTree(root: string): AsyncGenerator<Buffer> {
  const walk = new ArchiveWalk();
  const above = path.dirname(root);
  await using folder = await OpenFolder.open(diskPath(above));
  const name = Buffer.from(diskPath(path.basename(root) || '.'));
  const inArchive = root === '/' ? Buffer.from('root') : name;
  yield* walk.entry({ folder, path: above, depth: 0 }, name, inArchive);
  yield* walk.leftOut();
  yield TAR_END;
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
  async *entry(place: Place, name: Buffer, inArchive: Buffer): AsyncGenerator<Buffer> {
    const file = path.join(place.path, spellName(name));
    const stats = await this.#unless(file, () => fs.lstat(place.folder.at(name)));
    if (stats === undefined) return;
    if (stats.isDirectory()) yield* this.#folder(place, name, { inArchive, stats, file });
    else if (stats.isSymbolicLink()) yield* this.#link(place, name, { inArchive, stats, file });
    else if (stats.isFile()) yield* this.#file(place, name, { inArchive, file });
    else this.#leave(file, 'a device, a pipe or a socket');
  }

  async *leftOut(): AsyncGenerator<Buffer> {
    if (this.#leftOutCount === 0) return;
    const more = this.#leftOutCount - this.#leftOut.length;
    const lines = more > 0 ? [...this.#leftOut, `and ${more} more`] : this.#leftOut;
    const text = Buffer.from(`${lines.join('\n')}\n`);
    const entry = {
      name: Buffer.from(LEFT_OUT_NAME),
      type: 'file',
      mode: 0o644,
      modifiedAt: new Date(),
    } as const;
    yield tarHeader({ ...entry, size: text.length });
    yield text;
    yield tarPadding(text.length);
  }

  async *#folder(
    place: Place,
    name: Buffer,
    { inArchive, stats, file }: Found & { stats: Stats },
  ): AsyncGenerator<Buffer> {
    if (place.depth === DEPTH_MAX) {
      this.#leave(file, `more than ${DEPTH_MAX} folders deep`);
      return;
    }
    const opened = await this.#unless(file, () => place.folder.openChild(name));
    if (opened === undefined) return;
    await using folder = opened;
    const prefix = Buffer.concat([inArchive, Buffer.from('/')]);
    yield tarHeader({ ...common(stats), name: prefix, type: 'folder', size: 0 });
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
  ): AsyncGenerator<Buffer> {
    const linkTarget = await this.#unless(file, () => fs.readlink(folder.at(name), { encoding: 'buffer' }));
    if (linkTarget === undefined) return;
    yield tarHeader({ ...common(stats), name: inArchive, type: 'link', size: 0, linkTarget });
  }

  /** With the size that it had at the start: what it grows by is left out, and what it shrinks by is filled with zeros. */
  async *#file({ folder }: Place, name: Buffer, { inArchive, file }: Found): AsyncGenerator<Buffer> {
    const opened = await this.#unless(file, () => fs.open(folder.at(name), READ_ITSELF));
    if (opened === undefined) return;
    await using handle = opened;
    const stats = await handle.stat();
    if (!stats.isFile()) return;
    yield tarHeader({ ...common(stats), name: inArchive, type: 'file', size: stats.size });
    let left = stats.size;
    while (left > 0) {
      const wanted = Math.min(CHUNK_BYTES, left);
      const piece = Buffer.allocUnsafe(wanted);
      const read = await this.#unless(file, () => handle.read(piece, 0, wanted, stats.size - left));
      if (read === undefined || read.bytesRead === 0) break;
      left -= read.bytesRead;
      yield piece.subarray(0, read.bytesRead);
    }
    if (left > 0) this.#leave(file, `its last ${left} bytes are zeros: it changed while it was read`);
    for (; left > 0; left -= Math.min(left, CHUNK_BYTES)) yield Buffer.alloc(Math.min(left, CHUNK_BYTES));
    yield tarPadding(stats.size);
  }

  /** Undefined when it could not be done, which is noted, unless the entry is gone. */
  async #unless<Result>(file: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) return undefined;
      const problem = translateFileError(error, file);
      if (problem === error) throw error;
      this.#leave(file, problem instanceof Error ? problem.message : 'unreadable');
      return undefined;
    }
  }

  #leave(file: string, reason: string): void {
    this.#leftOutCount += 1;
    if (this.#leftOut.length < LEFT_OUT_MAX) this.#leftOut.push(`${shownPath(file)}: ${reason}`);
  }
}

interface Found {
  inArchive: Buffer;
  /** On the disk; for what is left out. */
  file: string;
}

function common({ mode, mtime }: Stats): Pick<TarEntry, 'mode' | 'modifiedAt'> {
  return { mode, modifiedAt: mtime };
}
