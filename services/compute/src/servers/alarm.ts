/** A pause that can be ended early. Rings that nobody waits for are kept until the next wait. */
export class Alarm {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Ends after `ms`, with a ring, or when `signal` aborts. One waiter at a time. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        };
        this.#wake = end;
        signal.addEventListener('abort', end, { once: true });
      });
    }
    this.#isRung = false;
    this.#wake = undefined;
  }
}
