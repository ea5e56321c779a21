import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Tx } from '../database/connect.ts';

// Owns no table: counts what people have in those of others.

/**
 * Held to the end of the transaction: what one person takes is counted one after the other. Rows that refer to them may still be made.
 *
 * @returns whether the user may have anything run.
 */
export async function lockUsage(tx: Tx, userId: UserId): Promise<boolean> {
  const row = await tx
    .selectFrom('user')
    .select(isActiveUser().as('is_active'))
    .where('id', '=', userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row?.is_active === true;
}

export async function countWorkspaces(tx: Tx, ownerId: UserId): Promise<number> {
  const row = await tx
    .selectFrom('workspace')
    .select(sql<number>`count(*)::integer`.as('workspaces'))
    .where('owner_id', '=', ownerId)
    .where('desired_status', '<>', 'deleted')
    .executeTakeFirstOrThrow();
  return row.workspaces;
}

/** Those that run or shall run, beside one. One that has failed, and is not tried again, takes nothing. */
export async function countRunningWorkspaces(
  tx: Tx,
  ownerId: UserId,
  exceptId: WorkspaceId | undefined,
): Promise<number> {
  let query = tx
    .selectFrom('workspace')
    .select(sql<number>`count(*)::integer`.as('workspaces'))
    .where('owner_id', '=', ownerId)
    .where('desired_status', '=', 'running')
    .where((where) =>
      where.not(where.and([where('settled', '=', true), where('status', 'in', ['failed', 'stopped'])])),
    );
  if (exceptId !== undefined) query = query.where('id', '<>', exceptId);
  return (await query.executeTakeFirstOrThrow()).workspaces;
}
