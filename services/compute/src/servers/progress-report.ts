import type { ServerCheck } from '@podex/contracts/servers';

/** Tells of a list that grows, one message at a time: what comes meanwhile goes with the next one. */
export class ProgressReport {
  readonly #send: (checks: readonly ServerCheck[]) => Promise<void>;
  #waiting: readonly ServerCheck[] | undefined;
  #sending: Promise<void> | undefined;

  constructor(send: (checks: readonly ServerCheck[]) => Promise<void>) {
    this.#send = send;
  }

  tell(checks: readonly ServerCheck[]): void {
    this.#waiting = [...checks];
    this.#sending ??= this.#sendAll();
  }

  /** Nothing is sent any more once it resolves; what was still waiting is forgotten. */
  async settle(): Promise<void> {
    this.#waiting = undefined;
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting !== undefined) {
      const checks = this.#waiting;
      this.#waiting = undefined;
      // People who watch miss a line; the report at the end has them all.
      await this.#send(checks).catch(() => undefined);
    }
    this.#sending = undefined;
  }
}
