import type { Bus } from '@podex/bus/bus';
import type { WaitOptions } from '@podex/service-kit/waiting';

/**
 * Waits for messages on bus channels. It is raised from its creation on: look at the truth after creating it, then wait, and
 * nothing that happens in between is missed. Dispose it when done.
 */
export class Wakeup implements Disposable {
  readonly #subscriptions: Disposable[];
  #isRaised = false;
  #notify: (() => void) | undefined;

  constructor(bus: Pick<Bus, 'subscribe'>, channels: readonly string[]) {
    this.#subscriptions = channels.map((channel) =>
      bus.subscribe(channel, () => {
        this.#isRaised = true;
        this.#notify?.();
      }),
    );
  }

  /**
   * Resolves with true when a message came since the last wait; with false after `timeoutMs`, or when `signal` is aborted: whoever
   * asked has gone, and what is true now is answered to nobody. One wait at a time.
   */
  async wait({ signal, timeoutMs }: WaitOptions): Promise<boolean> {
    if (!this.#isRaised && !signal?.aborted) await this.#nextMessage(signal, timeoutMs);
    const wasRaised = this.#isRaised;
    this.#isRaised = false;
    return wasRaised;
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  async #nextMessage(signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = () => resolve();
    this.#notify = resolve;
    const timer = setTimeout(resolve, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.#notify = undefined;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
