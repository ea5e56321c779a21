import { write } from 'node:fs';
import type { LogDestination } from './logger.ts';

/** Lines that nobody takes are dropped beyond it. */
const MAX_WAITING_BYTES = 262_144;

/**
 * A descriptor for log lines, written to without waiting. `process.stdout` waits when it is a pipe that nobody reads, as an engine’s that
 * is down, and everything in this process would wait with it.
 */
export class LogOutput implements LogDestination {
  readonly #descriptor: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #droppedLines = 0;
  #isWriting = false;
  #onEmpty: (() => void) | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(line: string): void {
    if (this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
      this.#droppedLines += 1;
      return;
    }
    if (this.#droppedLines > 0) this.#add(this.#dropNote());
    this.#add(line);
    this.#flush();
  }

  /** Calls back when all is written, or after that time, and says which. */
  finish(withinMs: number, done: (isWritten: boolean) => void): void {
    if (!this.#isWriting) {
      done(true);
      return;
    }
    const limit = setTimeout(() => done(false), withinMs);
    this.#onEmpty = () => {
      clearTimeout(limit);
      done(true);
    };
  }

  #add(line: string): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  #dropNote(): string {
    const note = {
      level: 'warn',
      time: new Date().toISOString(),
      lines: this.#droppedLines,
      msg: 'log.dropped',
    };
    this.#droppedLines = 0;
    return `${JSON.stringify(note)}\n`;
  }

  #flush(): void {
    if (this.#isWriting) return;
    if (this.#waiting.length === 0) {
      this.#onEmpty?.();
      return;
    }
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isWriting = true;
    this.#writeAll(bytes);
  }

  /** In a thread of its own, until it is done: a pipe takes a part. */
  #writeAll(bytes: Buffer): void {
    write(this.#descriptor, bytes, 0, bytes.length, null, (error, written) => {
      const rest = bytes.subarray(written);
      if (error === null && rest.length > 0) {
        this.#writeAll(rest);
        return;
      }
      this.#isWriting = false;
      this.#flush();
    });
  }
}
