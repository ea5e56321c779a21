import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDiskFull } from '../journal/space-reserve.ts';

export interface OutputLogLimits {
  segmentBytes: number;
  /** The oldest segments go when there are more. */
  maxSegments: number;
  /** Held when the disk is full. */
  memoryBytes: number;
}

export const OUTPUT_LOG_LIMITS: OutputLogLimits = {
  segmentBytes: 8_388_608,
  maxSegments: 8,
  memoryBytes: 65_536,
};

interface Segment {
  start: number;
  path: string;
}

/**
 * The output of one command on disk, addressed by byte offsets that count everything it ever wrote. Kept in segments named after their
 * first offset, so that the end of an endless output is held (64 MB) and its beginning goes. On a full disk its end is held in memory.
 */
export class OutputLog {
  readonly #folder: string;
  readonly #limits: OutputLogLimits;
  readonly #segments: Segment[] = [];
  readonly #growth = new Set<() => void>();
  #file: FileHandle | undefined;
  #end = 0;
  #isSealed = false;
  /** The end of the output, once the disk was full; nothing is on it then. */
  #memory: Buffer | undefined;

  private constructor(folder: string, limits: OutputLogLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** The folder is made with the first byte: most commands say little, many nothing. */
  static create(folder: string, limits: OutputLogLimits): OutputLog {
    return new OutputLog(folder, limits);
  }

  /** The log of a command that has ended, as the disk has it. One whose output was pruned is empty, from its end on. */
  static async reopen(folder: string, limits: OutputLogLimits, end?: number): Promise<OutputLog> {
    const log = new OutputLog(folder, limits);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b))) {
      log.#segments.push({ start: Number(name), path: path.join(folder, name) });
    }
    const last = log.#segments.at(-1);
    log.#end = end ?? (last === undefined ? 0 : last.start + (await stat(last.path)).size);
    log.#isSealed = true;
    return log;
  }

  /** Offset after the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Offset of the oldest byte that can still be read. */
  get heldFrom(): number {
    if (this.#memory !== undefined) return this.#end - this.#memory.length;
    return this.#segments[0]?.start ?? this.#end;
  }

  /** No more will come. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** Whether all that is held is in memory, because the disk was full. */
  get isInMemory(): boolean {
    return this.#memory !== undefined;
  }

  /** Bytes that come after the log is sealed are dropped. Not to be called twice at once. */
  async append(bytes: Buffer): Promise<void> {
    if (this.#isSealed) return;
    const start = this.#end;
    try {
      while (this.#memory === undefined && this.#end - start < bytes.length) {
        await this.#write(bytes.subarray(this.#end - start));
      }
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await this.#moveToMemory();
    }
    if (this.#memory !== undefined) this.#keepInMemory(this.#memory, bytes.subarray(this.#end - start));
    this.#wake();
  }

  /** Puts everything on the disk. */
  async seal(): Promise<void> {
    if (this.#isSealed) return;
    this.#isSealed = true;
    try {
      await this.#file?.datasync();
    } finally {
      await this.#file?.close();
      this.#file = undefined;
      this.#wake();
    }
  }

  /** At most `maxBytes` from `offset` on, or from the oldest byte held; empty at the end. */
  async read(offset: number, maxBytes: number): Promise<Buffer> {
    const from = Math.max(offset, this.heldFrom);
    if (this.#memory !== undefined) {
      const at = from - this.heldFrom;
      return this.#memory.subarray(at, at + maxBytes);
    }
    const segment = this.#segments.findLast(({ start }) => start <= from);
    if (segment === undefined || from >= this.#end) return Buffer.alloc(0);
    const next = this.#segments.find(({ start }) => start > from)?.start ?? this.#end;
    const length = Math.min(maxBytes, next - from);
    await using file = await open(segment.path, 'r');
    const { buffer, bytesRead } = await file.read(
      Buffer.allocUnsafe(length),
      0,
      length,
      from - segment.start,
    );
    return buffer.subarray(0, bytesRead);
  }

  /** The last bytes, at most `maxBytes` of them. */
  async readTail(maxBytes: number): Promise<Buffer> {
    const end = this.#end;
    const parts: Buffer[] = [];
    for (let at = Math.max(this.heldFrom, end - maxBytes); at < end; ) {
      const part = await this.read(at, end - at);
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts);
  }

  /** Resolves when there are bytes after `offset`, the log was sealed, or the signal aborts. */
  async waitBeyond(offset: number, signal: AbortSignal): Promise<void> {
    while (this.#end <= offset && !this.#isSealed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#growth.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#growth.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  async #moveToMemory(): Promise<void> {
    const tail = await this.readTail(this.#limits.memoryBytes);
    await this.#file?.close();
    this.#file = undefined;
    await rm(this.#folder, { recursive: true, force: true });
    this.#segments.length = 0;
    this.#memory = tail;
  }

  #keepInMemory(held: Buffer, bytes: Buffer): void {
    this.#end += bytes.length;
    const whole = Buffer.concat([held, bytes]);
    this.#memory = whole.subarray(Math.max(0, whole.length - this.#limits.memoryBytes));
  }

  async #write(bytes: Buffer): Promise<void> {
    const last = this.#segments.at(-1);
    const isFull = last === undefined || this.#end - last.start >= this.#limits.segmentBytes;
    const segment = isFull ? await this.#addSegment() : last;
    const at = this.#end - segment.start;
    const length = Math.min(bytes.length, this.#limits.segmentBytes - at);
    this.#file ??= await open(segment.path, 'a', 0o600);
    const { bytesWritten } = await this.#file.write(bytes, 0, length, at);
    this.#end += bytesWritten;
  }

  async #addSegment(): Promise<Segment> {
    if (this.#segments.length === 0) await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const segment = { start: this.#end, path: path.join(this.#folder, String(this.#end)) };
    const file = await open(segment.path, 'w', 0o600);
    await this.#file?.close();
    this.#file = file;
    this.#segments.push(segment);
    if (this.#segments.length > this.#limits.maxSegments) {
      const oldest = this.#segments.shift();
      if (oldest !== undefined) await rm(oldest.path, { force: true });
    }
    return segment;
  }

  #wake(): void {
    for (const wake of this.#growth) wake();
  }
}
