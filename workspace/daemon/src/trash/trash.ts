import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { TRASH_ENTRIES_MAX, type TrashEntry, type TrashListing } from '@podex/contracts/trash';
import type { CommitGate, PreparedAnswer } from '../files/commit-gate.ts';
import { requireNotHome } from '../files/delete-file.ts';
import { lstat, readFolder, rename } from '../files/disk.ts';
import { statIfThere, toEntry } from '../files/file-entries.ts';
import { isMissing, isOtherFilesystem, onFile } from '../files/file-errors.ts';
import { moveFile } from '../files/move-file.ts';
import { removeTree } from '../files/remove-tree.ts';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import { TrashFolder } from './trash-folder.ts';
import { readInfo } from './trash-info.ts';
import { sizeOfTree } from './tree-size.ts';

/** Entries of the trash that its size is counted from, and names that are looked at to list it. */
const COUNTED_MAX = 20_000;

export interface TrashOptions {
  homePath: string;
  locks: KeyedLock;
}

/** What people deleted and may want back, where desktop programs look for it as well. */
export class Trash {
  readonly #folder: TrashFolder;
  readonly #options: TrashOptions;

  constructor(options: TrashOptions) {
    this.#options = options;
    this.#folder = new TrashFolder(options.homePath);
  }

  /** Moves a file, a link or a folder there. @throws PodexError file_not_found, forbidden, conflict (another disk, or there already). */
  async put(file: string, gate: CommitGate): Promise<PreparedAnswer> {
    requireNotHome(file, this.#options.homePath);
    this.#requireOutside(file);
    return onFile(file, async () => {
      const stats = await lstat(file);
      await this.#folder.make();
      const deletedAt = new Date();
      const id = await this.#folder.reserve(file, deletedAt);
      const place = this.#folder.fileOf(id);
      const answerWith = (entry: TrashEntry['entry']): PreparedAnswer => ({
        status: 200,
        body: {
          trash_id: id,
          original_path: file,
          deleted_at: deletedAt.toISOString(),
          entry,
        } satisfies TrashEntry,
      });
      try {
        // Left over by a program that lost its information: it keeps its place.
        if ((await statIfThere(place)) !== undefined) throw inTheWay(id);
        await gate(file, answerWith(toEntry(place, stats)));
        await rename(file, place);
      } catch (error) {
        await this.#folder.release(id);
        throw isOtherFilesystem(error) ? noTrashThere(file) : error;
      }
      return answerWith(toEntry(place, await lstat(place)));
    });
  }

  async list(): Promise<TrashListing> {
    const names: string[] = [];
    let isCut = false;
    for await (const name of this.#names()) {
      isCut = names.length === COUNTED_MAX;
      if (isCut) break;
      names.push(name);
    }
    const entries: TrashEntry[] = [];
    let size = 0;
    let left = COUNTED_MAX;
    let isWhole = !isCut;
    for (const name of names) {
      const stats = await statIfThere(this.#folder.fileOf(name));
      if (stats === undefined) continue;
      const tree = await sizeOfTree(this.#folder.fileOf(name), left);
      size += tree.bytes;
      isWhole &&= tree.isWhole;
      left = Math.max(0, left - tree.entries);
      const info = await readInfo(this.#folder.infoOf(name));
      entries.push({
        trash_id: name,
        original_path: info.originalPath,
        deleted_at: info.deletedAt?.toISOString() ?? null,
        entry: toEntry(this.#folder.fileOf(name), stats),
      });
    }
    entries.sort((one, other) => (other.deleted_at ?? '').localeCompare(one.deleted_at ?? ''));
    return {
      entries: entries.slice(0, TRASH_ENTRIES_MAX),
      truncated: isCut || entries.length > TRASH_ENTRIES_MAX,
      size,
      size_is_minimum: !isWhole,
    };
  }

  /** Puts it back where it was, or at `to`. @throws PodexError file_not_found, file_exists, invalid_request (nobody knows where it was). */
  async restore(id: string, to: string | undefined, gate: CommitGate): Promise<PreparedAnswer> {
    const file = this.#fileOf(id);
    await onFile(file, () => lstat(file));
    const place = to ?? (await readInfo(this.#folder.infoOf(id))).originalPath;
    if (place === null) {
      const message = `The trash does not say where ${shownPath(id)} was. Choose where it is to go.`;
      throw new PodexError('invalid_request', message, {});
    }
    this.#requireOutside(place);
    const answer = await moveFile(file, path.resolve(place), {
      overwrite: false,
      gate,
      locks: this.#options.locks,
    });
    await this.#folder.release(id);
    return answer;
  }

  /** Deletes one thing in it for good, or everything. */
  async empty(id: string | undefined): Promise<void> {
    if (id === undefined) {
      for await (const name of this.#names()) await this.#remove(name);
      return;
    }
    const file = this.#fileOf(id);
    await onFile(file, () => lstat(file));
    await this.#remove(id);
  }

  async #remove(id: string): Promise<void> {
    await removeTree(this.#folder.fileOf(id));
    await this.#folder.release(id);
  }

  async *#names(): AsyncGenerator<string> {
    try {
      for await (const { name } of readFolder(this.#folder.files)) yield name;
    } catch (error) {
      // Nothing was ever deleted.
      if (!isMissing(error)) throw error;
    }
  }

  /** @throws PodexError invalid_request for what is no single name. */
  #fileOf(id: string): string {
    if (id.includes('/') || id === '.' || id === '..') {
      throw new PodexError('invalid_request', 'trash_id is the name of something in the trash.', {});
    }
    return this.#folder.fileOf(id);
  }

  #requireOutside(file: string): void {
    const trash = this.#folder.path;
    if (file === trash || file.startsWith(`${trash}/`)) {
      const message = `${shownPath(file)} is in the trash already. Delete it there for good, or restore it.`;
      throw new PodexError('conflict', message, {});
    }
    if (!trash.startsWith(`${file}/`)) return;
    const message = `${shownPath(file)} holds the trash and can’t be moved there. Delete what is in it.`;
    throw new PodexError('conflict', message, {});
  }
}

function inTheWay(id: string): PodexError {
  return new PodexError(
    'conflict',
    `Something in the trash is in the way of ${shownPath(id)}. Empty the trash.`,
    {},
  );
}

function noTrashThere(file: string): PodexError {
  return new PodexError(
    'conflict',
    `${shownPath(file)} lies on another disk than the home folder and has no trash. Delete it permanently instead.`,
    { reason: 'EXDEV' },
  );
}
