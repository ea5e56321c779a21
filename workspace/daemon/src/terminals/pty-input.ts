import { writeSync } from 'node:fs';

/** Handed to the kernel in one turn of the event loop: others come in between. */
const SLICE_BYTES = 16_384;
/** Nothing tells that a program reads again; so it is tried again, after pauses that grow while nothing is taken. */
const FIRST_RETRY_MS = 2;
const LAST_RETRY_MS = 100;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 64;
/** How an editor or a shell is told that a paste is over. Without it, it would take everything that follows as pasted. */
export const PASTE_END = Buffer.from('\x1b[201~');

interface Entry {
  bytes: Buffer;
  /** Told how many more of these bytes wait no longer: the kernel has them, or they were thrown away. */
  onTaken: (count: number) => void;
}

export interface PtyInputOptions {
  /** Of the terminal’s end that programs do not see. Non-blocking, or writing would stop the whole process. */
  descriptor: number;
  isOpen: () => boolean;
  /** Called when less waits than before. */
  onProgress: () => void;
}

/** What was typed into a terminal and waits until the kernel has room for it. Writing never blocks. */
export class PtyInput {
  readonly #options: PtyInputOptions;
  #entries: Entry[] = [];
  /** Entries before it are taken. */
  #head = 0;
  #waitingBytes = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #holds = 0;

  constructor(options: PtyInputOptions) {
    this.#options = options;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  write(bytes: Buffer, onTaken: (count: number) => void): void {
    this.#entries.push({ bytes, onTaken });
    this.#waitingBytes += bytes.length + ENTRY_BYTES;
    if (this.#retry === undefined) this.#flush();
  }

  /** The program has done something: it may have read as well. */
  tryNow(): void {
    if (this.#retry === undefined || this.#waitingBytes === 0) return;
    this.#retryMs = FIRST_RETRY_MS;
    this.#flushIn(0);
  }

  /** Ahead of all that waits, if the kernel has room. */
  writeNow(bytes: Buffer): void {
    if (bytes.length > 0 && this.#options.isOpen()) this.#give(bytes);
  }

  /** Nothing but what `writeNow` is given is written until the holder is disposed. */
  hold(): Disposable {
    this.#holds += 1;
    return {
      [Symbol.dispose]: () => {
        this.#holds -= 1;
        this.#flush();
      },
    };
  }

  /** Throws away what waits. @returns whether that was the end of a paste. */
  discardPaste(): boolean {
    const isInPaste = this.#waiting().some(({ bytes }) => bytes.includes(PASTE_END));
    this.discard();
    return isInPaste;
  }

  discard(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const entries = this.#waiting();
    this.#entries = [];
    this.#head = 0;
    this.#waitingBytes = 0;
    for (const { bytes, onTaken } of entries) onTaken(bytes.length);
    if (entries.length > 0) this.#options.onProgress();
  }

  #flushIn(delayMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, delayMs);
  }

  #waiting(): Entry[] {
    return this.#entries.slice(this.#head);
  }

  #flush(): void {
    if (this.#waitingBytes === 0 || this.#holds > 0) return;
    if (!this.#options.isOpen()) {
      this.discard();
      return;
    }
    const taken = this.#give(this.#slice());
    if (taken === undefined) {
      this.#flushIn(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#settle(taken)) this.#flushIn(0);
    this.#options.onProgress();
  }

  #slice(): Buffer {
    const parts: Buffer[] = [];
    let length = 0;
    for (let at = this.#head; at < this.#entries.length && length < SLICE_BYTES; at += 1) {
      const part = this.#entries[at]?.bytes.subarray(0, SLICE_BYTES - length) ?? Buffer.alloc(0);
      parts.push(part);
      length += part.length;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  /** @returns whether more waits. */
  #settle(taken: number): boolean {
    let left = taken;
    for (let entry = this.#entries[this.#head]; entry !== undefined; entry = this.#entries[this.#head]) {
      const count = Math.min(left, entry.bytes.length);
      entry.bytes = entry.bytes.subarray(count);
      left -= count;
      this.#waitingBytes -= count;
      if (count > 0) entry.onTaken(count);
      if (entry.bytes.length > 0) return true;
      this.#head += 1;
      this.#waitingBytes -= ENTRY_BYTES;
    }
    this.#entries = [];
    this.#head = 0;
    return false;
  }

  /** How many bytes the kernel took; undefined when it has no room. */
  #give(bytes: Buffer): number | undefined {
    try {
      return writeSync(this.#options.descriptor, bytes);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
      // Nobody will read it any more (EIO).
      return bytes.length;
    }
  }
}
