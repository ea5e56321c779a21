import type { TeamId, UserId, WorkspaceId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Tx } from '../database/connect.ts';

// Owns no table: counts what people and teams have in those of others.

/** Whose a workspace is. */
export type Holder = { kind: 'user'; id: UserId } | { kind: 'team'; id: TeamId };

/**
 * Held to the end of the transaction: what one holder takes is counted one after the other. Rows that refer to it may still be made.
 *
 * @returns whether the holder may have anything run.
 */
export async function lockUsage(tx: Tx, holder: Holder): Promise<boolean> {
  if (holder.kind === 'team') {
    await tx.selectFrom('team').select('id').where('id', '=', holder.id).forNoKeyUpdate().execute();
    return true;
  }
  const row = await tx
    .selectFrom('user')
    .select(isActiveUser().as('is_active'))
    .where('id', '=', holder.id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row?.is_active === true;
}

function selectHeld(tx: Tx, holder: Holder) {
  const query = tx.selectFrom('workspace').select(sql<number>`count(*)::integer`.as('workspaces'));
  return holder.kind === 'user'
    ? query.where('owner_id', '=', holder.id).where('team_id', 'is', null)
    : query.where('team_id', '=', holder.id);
}

export async function countWorkspaces(tx: Tx, holder: Holder): Promise<number> {
  const row = await selectHeld(tx, holder).where('desired_status', '<>', 'deleted').executeTakeFirstOrThrow();
  return row.workspaces;
}

/** Those that run or shall run, beside one. One that has failed, and is not tried again, takes nothing. */
export async function countRunningWorkspaces(
  tx: Tx,
  holder: Holder,
  exceptId: WorkspaceId | undefined,
): Promise<number> {
  let query = selectHeld(tx, holder)
    .where('desired_status', '=', 'running')
    .where((where) =>
      where.not(where.and([where('settled', '=', true), where('status', 'in', ['failed', 'stopped'])])),
    );
  if (exceptId !== undefined) query = query.where('id', '<>', exceptId);
  return (await query.executeTakeFirstOrThrow()).workspaces;
}
