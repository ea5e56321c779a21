import { open, rm, stat } from 'node:fs/promises';

const RESERVE_BYTES = 1_048_576;
const CHUNK_BYTES = 65_536;
const REFILL_AFTER_MS = 60_000;

/**
 * A file that takes up room and holds nothing. When the disk is full it is given back, so that the journals can still record the
 * very command that frees some space.
 */
export class SpaceReserve {
  readonly #path: string;
  #releasedAt: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes the room if it can be had; a disk too full for it is no error. */
  async fill(): Promise<void> {
    const held = await stat(this.#path).catch(() => undefined);
    if (held?.size === RESERVE_BYTES) return;
    try {
      await using file = await open(this.#path, 'w', 0o600);
      // Written and not only sized: a hole reserves nothing.
      const chunk = Buffer.alloc(CHUNK_BYTES, 1);
      for (let done = 0; done < RESERVE_BYTES; done += CHUNK_BYTES) await file.write(chunk);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await this.release();
    }
  }

  /** Tries to take the room again that was given back a while ago. */
  async refill(): Promise<void> {
    if (this.#releasedAt === undefined || performance.now() - this.#releasedAt < REFILL_AFTER_MS) return;
    this.#releasedAt = undefined;
    await this.fill();
  }

  async release(): Promise<void> {
    this.#releasedAt = performance.now();
    await rm(this.#path, { force: true });
  }
}

/** ENOSPC of the filesystem, EDQUOT of a quota on it. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
