import { open, stat, truncate } from 'node:fs/promises';

const RESERVE_BYTES = 1_048_576;
const CHUNK_BYTES = 65_536;
/** Released at a time: enough for some lines of a journal, and little for others who wait for room. */
const STEP_BYTES = 16_384;
const REFILL_AFTER_MS = 60_000;

/**
 * A file that takes up room and holds nothing. When the disk is full it gives back some of it, so that the journals can still record
 * the very command that frees some space.
 */
export class SpaceReserve {
  readonly #path: string;
  #usedAt: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes the room if it can be had; a disk too full for it is no error. */
  async fill(): Promise<void> {
    const held = (await stat(this.#path).catch(() => undefined))?.size ?? 0;
    if (held >= RESERVE_BYTES) return;
    try {
      await using file = await open(this.#path, 'a', 0o600);
      // Written and not only sized: a hole reserves nothing.
      const chunk = Buffer.alloc(CHUNK_BYTES, 1);
      for (let size = held; size < RESERVE_BYTES; size += CHUNK_BYTES) await file.write(chunk);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // What was taken of the last free space is given back.
      await truncate(this.#path, held);
    }
  }

  /** Tries to take the room again that was given back a while ago. */
  async refill(): Promise<void> {
    if (this.#usedAt === undefined || performance.now() - this.#usedAt < REFILL_AFTER_MS) return;
    this.#usedAt = undefined;
    await this.fill();
  }

  /** Releases one step. */
  async use(): Promise<void> {
    this.#usedAt = performance.now();
    const held = (await stat(this.#path).catch(() => undefined))?.size ?? 0;
    if (held > 0) await truncate(this.#path, Math.max(0, held - STEP_BYTES));
  }
}

/** ENOSPC of the filesystem, EDQUOT of a quota on it. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
