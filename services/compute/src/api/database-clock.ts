/** Of the last snapshots of the servers, which come every 6 seconds. A response that came quickly says most. */
const KEPT = 10;

/**
 * The time by which api’s rows are dated, as far as it is known here: the clock of this machine may be another, and is never used for it.
 * It is late by as long as the quickest of the last responses took on its way, and never early: what was seen is taken for older than
 * it is, so that no row which is newer is judged by it.
 */
export class DatabaseClock {
  /** Its time when this process’s own counter was at 0, at least. */
  #atZeroMs: number[] = [];

  /** @param now what api said, as soon as it was heard. */
  hear(now: string, counterMs = performance.now()): void {
    this.#atZeroMs = [...this.#atZeroMs.slice(1 - KEPT), Date.parse(now) - counterMs];
  }

  /** @throws before api has told it. */
  now(counterMs = performance.now()): Date {
    const now = this.heard(counterMs);
    if (now === undefined) throw new Error('api has not told the time of its database yet.');
    return now;
  }

  heard(counterMs = performance.now()): Date | undefined {
    if (this.#atZeroMs.length === 0) return undefined;
    return new Date(Math.max(...this.#atZeroMs) + counterMs);
  }
}
