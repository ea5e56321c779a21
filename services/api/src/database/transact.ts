import type { Bus } from '../bus/bus.ts';
import type { Db, Tx } from './connect.ts';

/** One transaction. Its work may run again after a deadlock, so it touches nothing but `tx` and `wake`. */
export interface Work {
  tx: Tx;
  /** Publishes on the channel once the transaction is committed; not at all when it is rolled back. */
  wake(channel: string): void;
}

export type Transact = <Result>(work: (work: Work) => Promise<Result>) => Promise<Result>;

const MAX_ATTEMPTS = 4;
const RETRYABLE = new Set(['40001', '40P01']);

/** A woken reader finds what the transaction wrote: wake-ups go out after the commit. */
export function createTransact(db: Db, bus: Pick<Bus, 'publish'>): Transact {
  return async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      const channels = new Set<string>();
      try {
        const result = await db
          .transaction()
          .execute((tx) => work({ tx, wake: (channel) => void channels.add(channel) }));
        for (const channel of channels) bus.publish(channel, '');
        return result;
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  };
}

/** Deadlock or serialization failure: the same transaction succeeds when it runs again. */
function isRetryable(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && RETRYABLE.has(error.code)
  );
}
