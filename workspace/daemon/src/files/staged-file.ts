import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { syncFolder } from '../journal/append-journal.ts';

/** A name beside `file` that nobody else uses; hidden, so that file lists and build tools pass over it. */
export function temporaryBeside(file: string): string {
  return path.join(path.dirname(file), `.podex-${randomBytes(8).toString('hex')}.tmp`);
}

/** Whether `file` has a name that `temporaryBeside` gives. */
export function isTemporary(file: string): boolean {
  return /^\.podex-[0-9a-f]{16}\.tmp$/.test(path.basename(file));
}

/**
 * New content for `target`, whole and on the disk beside it, waiting to take its place in one step. Disposing removes what was not
 * put in place.
 */
export class StagedFile implements AsyncDisposable {
  readonly target: string;
  readonly temporaryPath: string;

  private constructor(target: string) {
    this.target = target;
    this.temporaryPath = temporaryBeside(target);
  }

  /** Parents are made. `mode` undefined: that of a new file. Rejects with errors of the operating system, e.g. ENOSPC. */
  static async write(
    target: string,
    content: Readable | Buffer,
    mode: number | undefined,
  ): Promise<StagedFile> {
    await mkdir(path.dirname(target), { recursive: true });
    const staged = new StagedFile(target);
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

  /**
   * What the target will look like, given what it looks like now. Two writes within one tick of the filesystem’s clock would be
   * told apart by nothing, so the later one is dated a millisecond on.
   */
  async statsAfter(current: BigIntStats | undefined): Promise<BigIntStats> {
    const stats = await lstat(this.temporaryPath, { bigint: true });
    if (current === undefined || stats.size !== current.size || stats.mtimeNs > current.mtimeNs) return stats;
    const laterSeconds = (Number(current.mtimeMs) + 2) / 1000;
    await utimes(this.temporaryPath, laterSeconds, laterSeconds);
    return lstat(this.temporaryPath, { bigint: true });
  }

  /** In one step, in place of whatever is there; with `exclusive`, only where nothing is (EEXIST otherwise). */
  async putInPlace({ exclusive }: { exclusive: boolean }): Promise<void> {
    if (exclusive) {
      await link(this.temporaryPath, this.target);
      await rm(this.temporaryPath);
    } else {
      await rename(this.temporaryPath, this.target);
    }
    await syncFolder(path.dirname(this.target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.temporaryPath, { force: true });
  }
}

async function writeAll(file: FileHandle, content: Readable | Buffer): Promise<void> {
  if (Buffer.isBuffer(content)) {
    await file.writeFile(content);
    return;
  }
  for await (const chunk of content) await writeChunk(file, chunk);
}

async function writeChunk(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done);
    done += bytesWritten;
  }
}
