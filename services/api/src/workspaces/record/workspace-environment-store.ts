import type { WorkspaceId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { SecretOwner } from '../../secrets/secret-owner.ts';

// Owns table: workspace, as far as the variables of its processes go.

/**
 * Has compute tell running workspaces their variables again: at once, or after the step that it is taking.
 *
 * @returns whether there are any.
 */
export async function redeliverSecrets(tx: Tx, owner: SecretOwner): Promise<boolean> {
  let query = tx
    .updateTable('workspace')
    .set({
      version: sql<number>`version + 1`,
      settled: false,
      attempts: 0,
      next_attempt_at: sql<Date>`now()`,
    })
    .where('desired_status', '=', 'running')
    .where((where) => where.or([where('settled', '=', false), where('status', '=', 'running')]))
    .returning('id');
  if (owner.kind === 'user') query = query.where('owner_id', '=', owner.id).where('team_id', 'is', null);
  else query = query.where(owner.kind === 'team' ? 'team_id' : 'id', '=', owner.id);
  const rows = await query.execute();
  return rows.length > 0;
}

/** What runs from now on keeps them, also when it is told others later. */
export async function noteOwnSecrets(tx: Tx, id: WorkspaceId): Promise<void> {
  await tx.updateTable('workspace').set({ told_own_secrets: true }).where('id', '=', id).execute();
}

/** Workspaces whose variables an older Podex keeps in clear, held to the end of the transaction. */
export async function lockPlainEnvironments(
  tx: Tx,
  limit: number,
): Promise<{ id: WorkspaceId; env: Record<string, string>; isDeleted: boolean }[]> {
  const rows = await tx
    .selectFrom('workspace')
    .select(['id', 'env', 'desired_status'])
    .where(sql<boolean>`env <> '{}'::jsonb`)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .execute();
  return rows.map(({ id, env, desired_status: desired }) => ({ id, env, isDeleted: desired === 'deleted' }));
}

export async function clearPlainEnvironment(tx: Tx, id: WorkspaceId): Promise<void> {
  await tx.updateTable('workspace').set({ env: '{}' }).where('id', '=', id).execute();
}

/** PostgreSQL keeps what an update replaced until the table is written again. Nobody can use the table meanwhile. */
export async function rewriteWorkspaces(db: Db): Promise<void> {
  await sql`vacuum (full) workspace`.execute(db);
}
