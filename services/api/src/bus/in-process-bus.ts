import type { Bus, BusLock, CounterHit } from './bus.ts';
import { Subscriptions } from './subscriptions.ts';

/** Above this many counters, ended windows are thrown away before another one is kept. */
const MAX_COUNTERS = 10_000;

/** The bus of a single process: one machine without Redis, and tests. */
export class InProcessBus implements Bus {
  readonly #subscriptions = new Subscriptions();
  readonly #counters = new Map<string, { count: number; endsAt: number }>();
  readonly #locks = new Map<string, { owner: symbol; endsAt: number }>();

  publish(channel: string, payload: string): void {
    // Never inside the caller: a handler that publishes again must not nest.
    queueMicrotask(() => this.#subscriptions.deliver(channel, payload));
  }

  subscribe(channel: string, handler: (payload: string | null) => void): Disposable {
    return this.#subscriptions.add(channel, handler);
  }

  /** Tells every subscriber to look at the truth again. */
  wakeAll(): void {
    this.#subscriptions.deliverMissed();
  }

  hit(key: string, windowMs: number): Promise<CounterHit> {
    const now = performance.now();
    const known = this.#counters.get(key);
    const counter = known && known.endsAt > now ? known : { count: 0, endsAt: now + windowMs };
    counter.count += 1;
    if (known !== counter) {
      if (this.#counters.size >= MAX_COUNTERS) this.#forgetEnded(now);
      this.#counters.set(key, counter);
    }
    return Promise.resolve({ count: counter.count, resetsInMs: Math.ceil(counter.endsAt - now) });
  }

  tryLock(name: string, ttlMs: number): Promise<BusLock | undefined> {
    const now = performance.now();
    const held = this.#locks.get(name);
    if (held && held.endsAt > now) return Promise.resolve(undefined);
    const owner = Symbol(name);
    this.#locks.set(name, { owner, endsAt: now + ttlMs });
    return Promise.resolve({
      release: () => {
        if (this.#locks.get(name)?.owner === owner) this.#locks.delete(name);
        return Promise.resolve();
      },
    });
  }

  check(): Promise<string> {
    return Promise.resolve('in this process');
  }

  close(): Promise<void> {
    this.#subscriptions.clear();
    return Promise.resolve();
  }

  #forgetEnded(now: number): void {
    for (const [key, counter] of this.#counters) if (counter.endsAt <= now) this.#counters.delete(key);
    // All of them still run: forget the oldest rather than grow without bound.
    const oldest = this.#counters.keys().next().value;
    if (this.#counters.size >= MAX_COUNTERS && oldest !== undefined) this.#counters.delete(oldest);
  }
}
