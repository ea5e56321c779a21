import type { Readable } from 'node:stream';

/** Calls `onIdle` once when none of the watched streams has moved a byte for `idleMs`. Dispose it when the exchange is over. */
export class IdleDeadline implements Disposable {
  readonly #timer: NodeJS.Timeout;

  constructor(idleMs: number, onIdle: () => void) {
    this.#timer = setTimeout(onIdle, idleMs);
  }

  /** Counts from now on again. */
  readonly moved = (): void => {
    this.#timer.refresh();
  };

  /** A stream that flows already: its bytes count as movement, and who reads them is not disturbed. */
  watch(stream: Readable): void {
    stream.on('data', this.moved);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
