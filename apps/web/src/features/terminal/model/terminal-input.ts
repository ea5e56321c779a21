/** Kept while there is no connection. */
const MAX_UNSENT_BYTES = 64 * 1024;
/** Kept while there is one, and the program does not read. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** A key goes between two pieces of a paste. */
const PIECE_BYTES = 16 * 1024;
/** Most pastes are with the program within it, and nobody needs to know that they were ever held. */
const TELLS_HELD_AFTER_MS = 1_000;
/** Ctrl-C, Ctrl-\ and Ctrl-Z. */
const INTERRUPTS: ReadonlySet<number | undefined> = new Set([0x03, 0x1c, 0x1a]);
/** How a program is told that a paste is over; without it, it would take what follows for pasted. */
const PASTE_END = [0x1b, 0x5b, 0x32, 0x30, 0x31, 0x7e];

interface TerminalInputOptions {
  /** False when there is no connection. */
  send: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  onChange: (state: { isHeld: boolean; hasLost: boolean }) => void;
}

/**
 * What is typed, in order, as fast as the program reads it: the server says how much may be on its way. So a paste into a program that
 * does not read waits here, and a key that interrupts the program overtakes it and drops it, as a terminal does.
 */
export class TerminalInput {
  readonly #options: TerminalInputOptions;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #isAttached = false;
  #window = Number.POSITIVE_INFINITY;
  /** Of the present connection. */
  #sent = 0;
  #acknowledged = 0;
  #hasLost = false;
  #isHeld = false;
  #heldTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TerminalInputOptions) {
    this.#options = options;
  }

  /** @param window undefined for a server that does not say how much it took. */
  attach(window: number | undefined): void {
    this.#isAttached = true;
    this.#window = window ?? Number.POSITIVE_INFINITY;
    this.#hasLost = false;
    this.#flush();
  }

  detach(): void {
    this.#isAttached = false;
    this.#sent = 0;
    this.#acknowledged = 0;
    this.#tell();
  }

  acknowledge(offset: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, offset);
    this.#flush();
  }

  add(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 1 && INTERRUPTS.has(bytes[0])) {
      this.#interrupt(bytes);
      return;
    }
    if (this.#isAttached && this.#waitingBytes === 0) this.#hasLost = false;
    const limit = this.#isAttached ? MAX_HELD_BYTES : MAX_UNSENT_BYTES;
    if (this.#waitingBytes + bytes.length > limit) this.#hasLost = true;
    else this.#enqueue(bytes);
    this.#flush();
  }

  #enqueue(bytes: Uint8Array<ArrayBuffer>): void {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      this.#pieces.push(bytes.subarray(start, start + PIECE_BYTES));
    }
    this.#waitingBytes += bytes.length;
  }

  #interrupt(key: Uint8Array<ArrayBuffer>): void {
    const isInPaste = this.#isAttached && this.#pieces.some(endsPaste);
    if (this.#isAttached) {
      this.#pieces = [];
      this.#waitingBytes = 0;
    }
    if (isInPaste) this.#send(Uint8Array.from(PASTE_END));
    if (!this.#send(key)) this.#enqueue(key);
    this.#tell();
  }

  #flush(): void {
    let piece = this.#pieces[0];
    while (piece !== undefined && this.#sent - this.#acknowledged + piece.length <= this.#window) {
      if (!this.#send(piece)) break;
      this.#pieces.shift();
      this.#waitingBytes -= piece.length;
      piece = this.#pieces[0];
    }
    this.#tell();
  }

  #send(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#isAttached || !this.#options.send(bytes)) return false;
    this.#sent += bytes.length;
    return true;
  }

  #tell(): void {
    if (!this.#isAttached || this.#waitingBytes === 0) {
      clearTimeout(this.#heldTimer);
      this.#heldTimer = undefined;
      this.#isHeld = false;
    } else {
      this.#heldTimer ??= setTimeout(() => {
        this.#isHeld = true;
        this.#tell();
      }, TELLS_HELD_AFTER_MS);
    }
    this.#options.onChange({ isHeld: this.#isHeld, hasLost: this.#hasLost });
  }
}

function endsPaste(piece: Uint8Array): boolean {
  const at = piece.lastIndexOf(0x1b);
  return at !== -1 && PASTE_END.every((byte, index) => piece[at + index] === byte);
}
