import type { WaitOptions } from '@podex/service-kit/waiting';
import type { Bus } from '../bus/bus.ts';

/**
 * `woken`: a message came since the last wait. `timed_out`: none did. `over`: the client has gone, or the process is stopping;
 * waiting on is of no use, answer what is true now.
 */
export type WaitOutcome = 'woken' | 'timed_out' | 'over';

/** Where waits of this process come from; all of them end when `stopping` is aborted. */
export class Wakeups {
  readonly #bus: Pick<Bus, 'subscribe'>;
  readonly #stopping: AbortSignal;

  constructor(bus: Pick<Bus, 'subscribe'>, stopping: AbortSignal) {
    this.#bus = bus;
    this.#stopping = stopping;
  }

  /** Dispose it when done. */
  on(channels: readonly string[]): Wakeup {
    return new Wakeup(this.#bus, channels, this.#stopping);
  }
}

/**
 * Waits for messages on bus channels. It is raised from its creation on: look at the truth after creating it, then wait, and
 * nothing that happens in between is missed.
 */
export class Wakeup implements Disposable {
  readonly #subscriptions: Disposable[];
  readonly #stopping: AbortSignal;
  #isRaised = false;
  #notify: (() => void) | undefined;

  constructor(bus: Pick<Bus, 'subscribe'>, channels: readonly string[], stopping: AbortSignal) {
    this.#stopping = stopping;
    this.#subscriptions = channels.map((channel) =>
      bus.subscribe(channel, () => {
        this.#isRaised = true;
        this.#notify?.();
      }),
    );
  }

  /** One wait at a time. */
  async wait({ signal, timeoutMs }: WaitOptions): Promise<WaitOutcome> {
    const isOver = () => this.#stopping.aborted || signal?.aborted === true;
    if (!this.#isRaised && !isOver()) await this.#nextMessage(signal, timeoutMs);
    if (isOver()) return 'over';
    const outcome = this.#isRaised ? 'woken' : 'timed_out';
    this.#isRaised = false;
    return outcome;
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  async #nextMessage(signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = () => resolve();
    this.#notify = resolve;
    const timer = setTimeout(resolve, timeoutMs);
    for (const ended of [signal, this.#stopping]) ended?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.#notify = undefined;
      clearTimeout(timer);
      for (const ended of [signal, this.#stopping]) ended?.removeEventListener('abort', onAbort);
    }
  }
}
