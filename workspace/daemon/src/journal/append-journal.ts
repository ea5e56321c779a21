import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.ts';
import { isDiskFull, type SpaceReserve } from './space-reserve.ts';

/** Lines that may be out of date before the file is written again. */
const MAX_STALE_LINES = 1_000;

export interface JournalOptions<Entry> {
  path: string;
  schema: z.ZodType<Entry>;
  /** All that is worth keeping, what is being appended included: what the file holds after it was written again. */
  live: () => readonly Entry[];
  reserve: SpaceReserve;
  logger: Logger;
}

interface Pending {
  line: string;
  isDurable: boolean;
  settle: (error?: unknown) => void;
}

/**
 * A file of JSON lines, root’s alone, in which later entries overrule earlier ones. Appends that come together share one write and
 * one sync. A line torn by a crash is dropped at the next opening; bytes of a failed append never stay.
 */
export class AppendJournal<Entry> {
  readonly #options: JournalOptions<Entry>;
  readonly #pending: Pending[] = [];
  #file: FileHandle;
  #bytes: number;
  #lines: number;
  #isFlushing = false;
  #flushed: Promise<void> = Promise.resolve();

  private constructor(options: JournalOptions<Entry>, file: FileHandle, bytes: number, lines: number) {
    this.#options = options;
    this.#file = file;
    this.#bytes = bytes;
    this.#lines = lines;
  }

  /** Opens or creates the file; `entries` are all that it holds, oldest first. */
  static async open<Entry>(
    options: JournalOptions<Entry>,
  ): Promise<{ journal: AppendJournal<Entry>; entries: Entry[] }> {
    await mkdir(path.dirname(options.path), { recursive: true, mode: 0o700 });
    const file = await open(options.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const content = await readFile(options.path);
    const bytes = content.lastIndexOf(0x0a) + 1;
    await file.truncate(bytes);
    await syncFolder(path.dirname(options.path));
    const lines = content.toString('utf8', 0, bytes).split('\n').slice(0, -1);
    const entries = lines.flatMap((line) => parseLine(line, options));
    return { journal: new AppendJournal(options, file, bytes, lines.length), entries };
  }

  /**
   * Resolves when the entry is written; with `durable` when it is on the disk, where no crash can undo it.
   *
   * @throws PodexError disk_full.
   */
  append(entry: Entry, { durable }: { durable: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error));
      this.#pending.push({ line: `${JSON.stringify(entry)}\n`, isDurable: durable, settle });
      if (this.#isFlushing) return;
      this.#isFlushing = true;
      this.#flushed = this.#flush();
    });
  }

  /** Puts on the disk what was appended without `durable`. */
  async sync(): Promise<void> {
    await this.#flushed;
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#flushed;
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0);
      try {
        await this.#write(batch);
        for (const { settle } of batch) settle();
      } catch (error) {
        const failure = isDiskFull(error)
          ? new PodexError(
              'disk_full',
              'The disk of the workspace is full. Delete something first.',
              {},
              { cause: error },
            )
          : error;
        for (const { settle } of batch) settle(failure);
      }
    }
    // In the same breath as the last look at what is pending, so that no append falls between.
    this.#isFlushing = false;
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const bytes = Buffer.from(batch.map(({ line }) => line).join(''));
    try {
      await this.#writeAtEnd(bytes);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await this.#options.reserve.use();
      await this.#writeAtEnd(bytes);
    }
    if (batch.some(({ isDurable }) => isDurable)) await this.#file.datasync();
    await this.#options.reserve.refill();
    this.#lines += batch.length;
    if (this.#lines > this.#options.live().length + MAX_STALE_LINES) await this.#rewrite();
  }

  async #writeAtEnd(bytes: Buffer): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#bytes + done);
        done += bytesWritten;
      }
      this.#bytes += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#bytes);
      throw error;
    }
  }

  /** Beside the old file and renamed over it, so that a crash leaves one of them whole. A full disk puts it off. */
  async #rewrite(): Promise<void> {
    const temporary = `${this.#options.path}.new`;
    const entries = this.#options.live();
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const file = await open(temporary, 'w+', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
      await rename(temporary, this.#options.path);
      await syncFolder(path.dirname(this.#options.path));
    } catch (error) {
      await file.close();
      if (!isDiskFull(error)) throw error;
      this.#lines = entries.length;
      return;
    }
    await this.#file.close();
    this.#file = file;
    this.#bytes = Buffer.byteLength(text);
    this.#lines = entries.length;
  }
}

function parseLine<Entry>(line: string, { schema, path: file, logger }: JournalOptions<Entry>): Entry[] {
  try {
    return [schema.parse(JSON.parse(line))];
  } catch (error) {
    logger.warn({ err: error, file }, 'journal.line_dropped');
    return [];
  }
}

/** Makes a rename or a new file in `folder` outlive a crash. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync();
}
