import type { Duplex } from 'node:stream';

/** Far less than the daemon gives a connection to say something. */
const MAX_AGE_MS = 5_000;

/**
 * A connection to the daemon that is opened ahead of the next request, which it saves a round trip into the container. There is one at
 * most, and only for a while.
 */
export class SpareConnection<Opened extends { connection: Duplex }> {
  readonly #open: () => Promise<Opened>;
  #held: Opened | undefined;
  #isOpening = false;
  /** Counts how often it was closed: what is being opened meanwhile is of before. */
  #closings = 0;
  #expiry: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<Opened>) {
    this.#open = open;
  }

  /** Opens one unless there is one. A failure is left to the next request, which then opens its own. */
  prepare(): void {
    if (this.#isOpening || this.#isGood()) return;
    this.#isOpening = true;
    const closings = this.#closings;
    this.#open()
      .then((opened) => {
        if (closings === this.#closings) this.#hold(opened);
        else opened.connection.destroy();
      })
      .catch(() => undefined)
      .finally(() => {
        this.#isOpening = false;
      });
  }

  take(): Opened | undefined {
    const held = this.#isGood() ? this.#held : undefined;
    this.#held = undefined;
    clearTimeout(this.#expiry);
    held?.connection.off('readable', this.#discard);
    return held;
  }

  close(): void {
    this.#closings += 1;
    this.take()?.connection.destroy();
  }

  /** The daemon speaks only when spoken to: what comes by itself is the end of the connection. */
  readonly #discard = () => this.close();

  #isGood(): boolean {
    return this.#held !== undefined && !this.#held.connection.destroyed;
  }

  #hold(opened: Opened): void {
    this.close();
    this.#held = opened;
    opened.connection.on('readable', this.#discard);
    this.#expiry = setTimeout(() => this.close(), MAX_AGE_MS).unref();
  }
}
