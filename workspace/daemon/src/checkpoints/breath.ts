import { setImmediate as turn } from 'node:timers/promises';

const LONGEST_MS = 25;

/** Calls of this process to the disk wait for it. Now and then it looks after other requests. */
export class Breath {
  #lastAt = performance.now();

  /** A promise for every call costs more than most of the calls. */
  get isDue(): boolean {
    return performance.now() - this.#lastAt > LONGEST_MS;
  }

  async take(): Promise<void> {
    await turn();
    this.#lastAt = performance.now();
  }
}
