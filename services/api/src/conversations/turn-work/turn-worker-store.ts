import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';

// Owns table: turn_worker.

/** The worker is connected by this connection, and not by an earlier one. Workers that were not seen for a day are forgotten. */
export async function recordConnection(tx: Tx, id: string, connection: string): Promise<void> {
  await tx
    .insertInto('turn_worker')
    .values({ id, connection })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ connection, seen_at: sql<Date>`now()` }))
    .execute();
  await tx.deleteFrom('turn_worker').where('seen_at', '<', sql<Date>`now() - interval '1 day'`).execute();
}

/** @returns false when it has connected again meanwhile, to whichever process. */
export async function forgetConnection(tx: Tx, id: string, connection: string): Promise<boolean> {
  const row = await tx
    .deleteFrom('turn_worker')
    .where('id', '=', id)
    .where('connection', '=', connection)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
