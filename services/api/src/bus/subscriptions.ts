import type { BusHandler } from './bus.ts';

/** The handlers of one process by channel. */
export class Subscriptions {
  readonly #handlers = new Map<string, Set<BusHandler>>();

  add(channel: string, handler: BusHandler): Disposable {
    // A wrapper of its own, so that the same function may be subscribed twice.
    const entry: BusHandler = (payload) => handler(payload);
    const handlers = this.#handlers.get(channel) ?? new Set();
    handlers.add(entry);
    this.#handlers.set(channel, handlers);
    return {
      [Symbol.dispose]: () => {
        handlers.delete(entry);
        if (handlers.size === 0 && this.#handlers.get(channel) === handlers) this.#handlers.delete(channel);
      },
    };
  }

  deliver(channel: string, payload: string): void {
    for (const handler of [...(this.#handlers.get(channel) ?? [])]) handler(payload);
  }

  /** Tells every handler that messages may have been missed. */
  deliverMissed(): void {
    for (const handlers of [...this.#handlers.values()]) for (const handler of [...handlers]) handler(null);
  }

  clear(): void {
    this.#handlers.clear();
  }
}
