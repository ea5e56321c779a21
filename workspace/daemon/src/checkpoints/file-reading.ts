import * as fs from 'node:fs';
import { diskPath } from '../files/file-names.ts';
import { hashOf } from './pack-file.ts';

/** Takes contents by their hash. */
export interface PieceSink {
  has(id: string): boolean;
  add(id: string, content: Buffer): void;
}

/** Of a large file only the pieces that changed are stored again. */
export const PIECE_BYTES = 4 * 1024 * 1024;
const TRIES = 2;
/** A pipe that somebody has put there is not waited for, a link not followed. */
const TO_READ = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

export interface ReadFile {
  stats: fs.Stats;
  pieces: string[];
}

/** Reads files piece by piece into one buffer, and gives each piece to the sink. */
export class FileReading {
  readonly #sink: PieceSink;
  readonly #maxBytes: number;
  #buffer = Buffer.allocUnsafe(65_536);

  constructor(sink: PieceSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** Undefined when what is there is no file any more, or it changed whenever it was read. Throws errors of the operating system. */
  read(file: string): ReadFile | undefined {
    const fd = fs.openSync(diskPath(file), TO_READ);
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const read = this.#readOnce(fd);
        if (read !== undefined) return read;
      }
      return undefined;
    } finally {
      fs.closeSync(fd);
    }
  }

  #readOnce(fd: number): ReadFile | undefined {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile() || stats.size > this.#maxBytes) return undefined;
    const pieces: string[] = [];
    for (let at = 0; at < stats.size; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, stats.size - at);
      const content = this.#readPiece(fd, at, length);
      if (content.length < length) return undefined;
      const id = hashOf(content);
      if (!this.#sink.has(id)) this.#sink.add(id, content);
      pieces.push(id);
    }
    const after = fs.fstatSync(fd);
    const isUnchanged =
      after.size === stats.size && after.mtimeMs === stats.mtimeMs && after.ctimeMs === stats.ctimeMs;
    return isUnchanged ? { stats, pieces } : undefined;
  }

  /** Good until the next one is read. */
  #readPiece(fd: number, position: number, length: number): Buffer {
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafe(Math.max(length, PIECE_BYTES));
    let done = 0;
    while (done < length) {
      const count = fs.readSync(fd, this.#buffer, done, length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return this.#buffer.subarray(0, done);
  }

  /** A small text; undefined when there is none that can be read. */
  readText(file: string, maxBytes: number): string | undefined {
    return readBounded(diskPath(file), maxBytes)?.toString('utf8');
  }
}

/** Its first bytes; undefined when it is no file that can be read. */
export function readBounded(file: string | Buffer, maxBytes: number): Buffer | undefined {
  let fd: number;
  try {
    fd = fs.openSync(file, TO_READ);
  } catch {
    return undefined;
  }
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(stats.size, maxBytes));
    let done = 0;
    while (done < bytes.length) {
      const count = fs.readSync(fd, bytes, done, bytes.length - done, done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  } catch {
    return undefined;
  } finally {
    fs.closeSync(fd);
  }
}
