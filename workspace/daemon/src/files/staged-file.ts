import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import {
  copyFile,
  type FileHandle,
  link,
  lstat,
  makeFolders,
  open,
  removeFile,
  rename,
  setTimes,
  syncFolderOf,
} from './disk.ts';
import { isOtherFilesystem } from './file-errors.ts';

/** A name in `folder` that nobody else uses; hidden, so that file lists and build tools pass over it. */
function temporaryIn(folder: string): string {
  return path.join(folder, `.podex-${randomBytes(8).toString('hex')}.tmp`);
}

/** The same beside `file`. */
export function temporaryBeside(file: string): string {
  return temporaryIn(path.dirname(file));
}

/** Whether `file` has a name that `temporaryBeside` gives. */
export function isTemporary(file: string): boolean {
  return /^\.podex-[0-9a-f]{16}\.tmp$/.test(path.basename(file));
}

export interface StagedFileOptions {
  /** Where it waits; its parents are made. */
  folder: string;
  /** Undefined: that of a new file. */
  mode: number | undefined;
}

/** New content, whole and on the disk, waiting to take its place. Disposing removes what was not put in place. */
export class StagedFile implements AsyncDisposable {
  readonly temporaryPath: string;
  #isKept = false;

  private constructor(folder: string) {
    this.temporaryPath = temporaryIn(folder);
  }

  /** Rejects with errors of the operating system, e.g. ENOSPC. */
  static async write(content: Readable | Buffer, { folder, mode }: StagedFileOptions): Promise<StagedFile> {
    await makeFolders(folder);
    const staged = new StagedFile(folder);
    try {
      await using file = await open(staged.temporaryPath, 'wx', 0o666);
      await writeAll(file, content);
      // After the content: the umask does not apply, and writing would clear the set-user-id bit.
      if (mode !== undefined) await file.chmod(mode);
      await file.sync();
    } catch (error) {
      await staged[Symbol.asyncDispose]();
      throw error;
    }
    return staged;
  }

  /** A file that is whole already and whose name nobody else uses. */
  static async adopt(file: string, { folder, mode }: StagedFileOptions): Promise<StagedFile> {
    await makeFolders(folder);
    const staged = new StagedFile(folder);
    try {
      await staged.#take(file);
      await using handle = await open(staged.temporaryPath, 'r');
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } catch (error) {
      await staged.giveBack(file);
      throw error;
    }
    return staged;
  }

  async #take(file: string): Promise<void> {
    try {
      await rename(file, this.temporaryPath);
    } catch (error) {
      if (!isOtherFilesystem(error)) throw error;
      await copyFile(file, this.temporaryPath, constants.COPYFILE_EXCL);
    }
  }

  /** To where it was adopted from, unless it is still there, or is needed to mend what it was to replace. */
  async giveBack(file: string): Promise<void> {
    if (this.#isKept) return;
    // Where it was copied, or is gone, there is nothing to give back; disposing removes the copy.
    if ((await exists(file)) || !(await exists(this.temporaryPath))) return this[Symbol.asyncDispose]();
    await rename(this.temporaryPath, file);
  }

  /** The same content, in another folder. */
  static async copyTo(folder: string, original: StagedFile): Promise<StagedFile> {
    const staged = new StagedFile(folder);
    try {
      await copyFile(original.temporaryPath, staged.temporaryPath, constants.COPYFILE_EXCL);
      await using file = await open(staged.temporaryPath, 'r');
      await file.sync();
    } catch (error) {
      await staged[Symbol.asyncDispose]();
      throw error;
    }
    return staged;
  }

  stats(): Promise<BigIntStats> {
    return lstat(this.temporaryPath);
  }

  /**
   * What the target will look like, given what it looks like now. Two writes within one tick of the filesystem’s clock would be
   * told apart by nothing, so the later one is dated a millisecond on.
   */
  async statsAfter(current: BigIntStats | undefined): Promise<BigIntStats> {
    const stats = await this.stats();
    if (current === undefined || stats.size !== current.size || stats.mtimeNs > current.mtimeNs) return stats;
    await setTimes(this.temporaryPath, laterThan(current));
    return this.stats();
  }

  /** In one step, in place of whatever is there; with `exclusive`, only where nothing is (EEXIST otherwise). */
  async putInPlace(target: string, { exclusive }: { exclusive: boolean }): Promise<void> {
    if (exclusive) {
      await link(this.temporaryPath, target);
      await removeFile(this.temporaryPath);
    } else {
      await rename(this.temporaryPath, target);
    }
    await syncFolderOf(path.dirname(target));
  }

  /** Disposing leaves it from here on: it is needed to mend what it was to replace. */
  keep(): void {
    this.#isKept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) await removeFile(this.temporaryPath);
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** In seconds. */
export function laterThan({ mtimeMs }: BigIntStats): number {
  return (Number(mtimeMs) + 2) / 1000;
}

async function writeAll(file: FileHandle, content: Readable | Buffer): Promise<void> {
  if (Buffer.isBuffer(content)) {
    await file.writeFile(content);
    return;
  }
  for await (const chunk of content) await writeChunk(file, chunk);
}

/** All of it, from where the file stands or from `position` on. */
export async function writeChunk(file: FileHandle, chunk: Buffer, position?: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const at = position === undefined ? undefined : position + done;
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at);
    done += bytesWritten;
  }
}
