import * as fs from 'node:fs';
import { isDiskFull } from '../journal/space-reserve.ts';
import type { Logger } from '../logging/logger.ts';
import { type PackedObject, PackReader, PackWriter } from './pack-file.ts';
import { damaged, parseTree, type TreeEntry } from './tree.ts';

/** A pack of which less than this is in use is written again. Where room is short, more of them are. */
const LIVE_SHARE_MIN = 0.5;
const LIVE_SHARE_MIN_FOR_ROOM = 0.95;

/** Contents and trees by the hash of what they are, each stored once. */
export class ObjectStore {
  readonly #folder: string;
  readonly #packs = new Set<PackReader>();
  readonly #places = new Map<string, { pack: PackReader; row: PackedObject }>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a crash left unfinished is removed; a damaged pack is passed over, and what only it has is missed when it is read. */
  static open(folder: string, logger: Logger): ObjectStore {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const store = new ObjectStore(folder);
    for (const name of fs.readdirSync(folder)) {
      const file = `${folder}/${name}`;
      if (name.endsWith('.new')) fs.rmSync(file, { force: true });
      if (!name.endsWith('.pack')) continue;
      try {
        store.#adopt(new PackReader(file));
      } catch (error) {
        logger.error({ err: error, file: name }, 'checkpoints.pack_damaged');
      }
    }
    return store;
  }

  /** On the disk. */
  get bytes(): number {
    let bytes = 0;
    for (const pack of this.#packs) bytes += pack.bytes;
    return bytes;
  }

  has(id: string): boolean {
    return this.#places.has(id);
  }

  /** @throws PodexError checkpoint_damaged. */
  read(id: string): Buffer {
    const place = this.#places.get(id);
    if (place === undefined) throw damaged();
    try {
      return place.pack.read(id, place.row);
    } catch (error) {
      // The next checkpoint that has it stores it again.
      this.#places.delete(id);
      throw damaged(error);
    }
  }

  /** @throws PodexError checkpoint_damaged. */
  readTree(id: string): TreeEntry[] {
    return parseTree(this.read(id));
  }

  /** For what a checkpoint adds. */
  begin(): PackWriter {
    return new PackWriter(this.#folder);
  }

  finish(writer: PackWriter): void {
    const name = writer.finish();
    if (name === undefined) return;
    syncFolder(this.#folder);
    this.#adopt(new PackReader(`${this.#folder}/${name}`));
  }

  /** Deletes what is not in use. What stays of a pack is whole elsewhere before the pack goes. */
  sweep(live: ReadonlySet<string>, { isRoomShort = false } = {}): void {
    const share = isRoomShort ? LIVE_SHARE_MIN_FOR_ROOM : LIVE_SHARE_MIN;
    const sparse: PackReader[] = [];
    for (const pack of this.#packs) {
      const bytes = this.#liveBytesOf(pack, live);
      if (bytes === 0) this.#remove(pack);
      else if (bytes < pack.bytes * share) sparse.push(pack);
    }
    if (sparse.length > 0) this.#writeAgain(sparse, live);
  }

  #writeAgain(sparse: readonly PackReader[], live: ReadonlySet<string>): void {
    const writer = this.begin();
    try {
      for (const pack of sparse) {
        for (const [id, row] of pack.rows) {
          const isHere = this.#places.get(id)?.pack === pack;
          if (isHere && live.has(id)) writer.addStored(id, row, pack.readStored(row));
        }
      }
      this.finish(writer);
    } catch (error) {
      // They stay as they are until there is room.
      if (isDiskFull(error)) return;
      throw error;
    } finally {
      writer.abandon();
    }
    for (const pack of sparse) this.#remove(pack);
  }

  close(): void {
    for (const pack of this.#packs) pack.close();
  }

  #liveBytesOf(pack: PackReader, live: ReadonlySet<string>): number {
    let bytes = 0;
    for (const [id, row] of pack.rows) {
      if (live.has(id) && this.#places.get(id)?.pack === pack) bytes += row.storedBytes;
    }
    return bytes;
  }

  #adopt(pack: PackReader): void {
    this.#packs.add(pack);
    for (const [id, row] of pack.rows) this.#places.set(id, { pack, row });
  }

  #remove(pack: PackReader): void {
    for (const id of pack.rows.keys()) if (this.#places.get(id)?.pack === pack) this.#places.delete(id);
    this.#packs.delete(pack);
    pack.delete();
  }
}

/** Makes a new name in the folder outlive a crash. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
