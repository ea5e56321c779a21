import type { CommandId, TurnId, WorkspaceId } from '@podex/contracts/ids';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { AbandonedCommand } from '../../database/generated/rows.ts';

// Owns table: abandoned_command.

export type AbandonedCommandRow = Selectable<AbandonedCommand>;

/** While one process tries, the others leave the command to it. */
const TRY_SECONDS = 30;

export async function insertAbandonedCommands(
  tx: Tx,
  ids: readonly CommandId[],
  of: { workspaceId: WorkspaceId; turnId: TurnId },
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .insertInto('abandoned_command')
    .values(ids.map((id) => ({ id, workspace_id: of.workspaceId, turn_id: of.turnId })))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Those that are due, for the caller to try. */
export async function takeAbandonedCommands(db: Db, limit: number): Promise<AbandonedCommandRow[]> {
  return db
    .updateTable('abandoned_command')
    .set({
      attempts: sql<number>`attempts + 1`,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${TRY_SECONDS})`,
    })
    .where('id', 'in', (query) =>
      query
        .selectFrom('abandoned_command')
        .select('id')
        .where('next_attempt_at', '<=', sql<Date>`now()`)
        .orderBy('next_attempt_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
}

export async function postponeAbandonedCommand(db: Db, id: CommandId, ms: number): Promise<void> {
  await db
    .updateTable('abandoned_command')
    .set({ next_attempt_at: sql<Date>`now() + make_interval(secs => ${ms / 1000})` })
    .where('id', '=', id)
    .execute();
}

export async function deleteAbandonedCommand(db: Db, id: CommandId): Promise<void> {
  await db.deleteFrom('abandoned_command').where('id', '=', id).execute();
}

/** Milliseconds until one is due; undefined when there is none. */
export async function msUntilNextAbandonedCommand(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('abandoned_command')
    .select(sql<number | null>`(extract(epoch from min(next_attempt_at) - now()) * 1000)::float8`.as('ms'))
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms));
}
