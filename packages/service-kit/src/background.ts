import type { Logger } from './logger.ts';
import { backoffMs, pause } from './waiting.ts';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/**
 * Owns work that nothing else awaits. A failure is logged once; `stop` aborts everything and waits for it to end, so that a
 * service never exits with work half done and unseen.
 */
export class Background {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs `work` once. */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    const task = work(this.signal)
      .catch((error: unknown) => {
        if (!this.signal.aborted) this.#logger.error({ err: error, task: name }, 'background.failed');
      })
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  /**
   * Runs `work` until the background stops: again at once when it returns, after a growing pause (at most `maxPauseMs`) when it
   * throws. `work` itself must wait.
   */
  loop(
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    { maxPauseMs = MAX_PAUSE_MS }: { maxPauseMs?: number } = {},
  ): void {
    this.run(name, async (signal) => {
      let failures = 0;
      while (!signal.aborted) {
        try {
          await work(signal);
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          this.#logger.warn({ err: error, task: name, failures }, 'background.retry');
          await pause(backoffMs(failures, FIRST_PAUSE_MS, maxPauseMs), signal);
          failures += 1;
        }
      }
    });
  }

  /** Runs `work` every `everyMs`, counted from the end of the run before. */
  every(name: string, everyMs: number, work: (signal: AbortSignal) => Promise<void>): void {
    this.loop(name, async (signal) => {
      await work(signal);
      await pause(everyMs, signal);
    });
  }

  async stop(): Promise<void> {
    this.#controller.abort(new Error('The service is stopping'));
    // What ends may start something more: a claim that arrives now is begun, so that its lease is released.
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
