import { sql } from 'kysely';
import type { Db, Tx } from './connect.ts';

/** The clock that all rows are dated by. That of this machine may be another. In a transaction: its beginning. */
export async function readClock(db: Db | Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('The database told no time.');
  return row.now;
}
