import { AuditLog } from '../src/audit/audit-log.ts';
import { AuditSeal } from '../src/audit/audit-seal.ts';
import type { Bus } from '../src/bus/bus.ts';
import type { Db } from '../src/database/connect.ts';
import { createTransact, type Transact } from '../src/database/transact.ts';
import { silentLogger } from './postgres.ts';
import { SESSION_SECRET } from './test-api.ts';

/** Transactions as api runs them, on a database that a test looks into. */
export function testTransact(db: Db, bus: Pick<Bus, 'publish'> = { publish: () => undefined }): Transact {
  const log = new AuditLog({ seal: new AuditSeal(SESSION_SECRET), logger: silentLogger });
  return createTransact({ db, bus, writeAudit: (tx, records) => log.write(tx, records) });
}
