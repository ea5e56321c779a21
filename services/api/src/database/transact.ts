import type { Bus } from '../bus/bus.ts';
import type { AuditRecord, WriteAudit } from './audit-record.ts';
import type { Db, Tx } from './connect.ts';

/** One transaction. Its work may run again after a deadlock, so it touches nothing but `tx`, `wake` and `record`. */
export interface Work {
  tx: Tx;
  /** Publishes on the channel once the transaction is committed; not at all when it is rolled back. */
  wake(channel: string): void;
  /** Takes an entry of the audit log down; it stands with the transaction or not at all. */
  record(entry: AuditRecord): void;
}

export type Transact = <Result>(work: (work: Work) => Promise<Result>) => Promise<Result>;

export interface TransactOptions {
  db: Db;
  bus: Pick<Bus, 'publish'>;
  writeAudit: WriteAudit;
}

const MAX_ATTEMPTS = 4;
const RETRYABLE = new Set(['40001', '40P01']);

/**
 * A woken reader finds what the transaction wrote: wake-ups go out after the commit. All audit entries are written last, because every
 * transaction that writes some waits for the same row: nothing is locked after it, and it is held no longer than the commit takes.
 */
export function createTransact({ db, bus, writeAudit }: TransactOptions): Transact {
  return async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      const channels = new Set<string>();
      const records: AuditRecord[] = [];
      const wake = (channel: string) => void channels.add(channel);
      const record = (entry: AuditRecord) => void records.push(entry);
      try {
        const result = await db.transaction().execute(async (tx) => {
          const done = await work({ tx, wake, record });
          if (records.length > 0) await writeAudit(tx, records);
          return done;
        });
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
