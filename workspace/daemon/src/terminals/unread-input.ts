import { readSync } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { setTimeout as pause, setImmediate as yieldTurn } from 'node:timers/promises';

const BUFFER_BYTES = 65_536;
/** The kernel moves what it holds in steps: only when it gives nothing several times in a row is there nothing left. */
const EMPTY_READS = 4;
const BETWEEN_EMPTY_READS_MS = 8;
const MAX_MS = 1_000;
const READS_PER_TURN = 100;
const LAST_BYTES = 4_096;
const NEW_LINE = 0x0a;

interface UnreadInput {
  length: number;
  last: Buffer;
}

/**
 * Reads away what was typed into a terminal and not yet read by its program, as the kernel itself does at an interrupt; but the kernel
 * sees an interrupt only when there is room for it.
 *
 * @param device the end of the terminal that programs see, such as `/dev/pts/3`.
 * @param endLine types the end of a file: a terminal that gives out whole lines then gives out the one that is not finished. Left out
 * where another program may be the one to read it.
 */
export async function takeUnreadInput(device: string, endLine?: () => void): Promise<UnreadInput> {
  await using file = await open(device, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  const unread = new UnreadBytes(file.fd);
  await unread.takeAll();
  if (endLine !== undefined && unread.comesInLines) {
    endLine();
    await unread.takeAll();
  }
  return { length: unread.length, last: unread.last };
}

class UnreadBytes {
  readonly #descriptor: number;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  length = 0;
  last: Buffer = Buffer.alloc(0);
  #reads = 0;
  #lines = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Each read gave one line, as in no mode but that of lines. */
  get comesInLines(): boolean {
    return this.#reads > 1 && this.#reads === this.#lines;
  }

  async takeAll(): Promise<void> {
    const deadline = performance.now() + MAX_MS;
    let empty = 0;
    while (empty < EMPTY_READS && performance.now() < deadline) {
      const hasMore = this.#takeSome();
      empty = hasMore ? 0 : empty + 1;
      await (hasMore ? yieldTurn() : pause(BETWEEN_EMPTY_READS_MS));
    }
  }

  #takeSome(): boolean {
    for (let reads = 0; reads < READS_PER_TURN; reads += 1) {
      const count = readIfAny(this.#descriptor, this.#buffer);
      if (count === 0) return reads > 0;
      const bytes = this.#buffer.subarray(0, count);
      this.length += count;
      this.last = Buffer.concat([this.last, bytes]).subarray(-LAST_BYTES);
      this.#reads += 1;
      if (bytes.indexOf(NEW_LINE) === count - 1) this.#lines += 1;
    }
    return true;
  }
}

/** Without waiting, whatever the terminal’s mode is: the descriptor is non-blocking. */
function readIfAny(descriptor: number, buffer: Buffer): number {
  try {
    return readSync(descriptor, buffer);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}
