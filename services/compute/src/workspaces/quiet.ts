import { pause } from '@podex/service-kit/waiting';

/** After the last step: a workspace that has just started is about to be used for the first time. */
const SETTLE_MS = 300;
const LOOK_EVERY_MS = 100;
/** What waits for quiet is done at last all the same. */
const MAX_WAIT_MS = 3_000;

/** Whether workspaces are being worked on, for what can wait until they are not. */
export class Quiet {
  #running = 0;
  #endedAtMs = Number.NEGATIVE_INFINITY;

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#endedAtMs = performance.now();
    }
  }

  /** Resolves when nothing has been worked on for a moment, or after 3 seconds. */
  async until(signal: AbortSignal): Promise<void> {
    const endsAtMs = performance.now() + MAX_WAIT_MS;
    while (this.#isBusy() && performance.now() < endsAtMs) await pause(LOOK_EVERY_MS, signal);
  }

  #isBusy(): boolean {
    return this.#running > 0 || performance.now() - this.#endedAtMs < SETTLE_MS;
  }
}
