import type { MoveId, ServerId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { DesiredStatus, WorkspaceStatus } from '@podex/contracts/workspaces';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';

// Owns table: workspace, as far as moves and lost servers change it.

/** It is not started as long as the move holds it, and stopped if it runs. */
export async function holdWorkspace(tx: Tx, workspaceId: WorkspaceId, moveId: MoveId): Promise<void> {
  await tx.updateTable('workspace').set({ held_by_move: moveId }).where('id', '=', workspaceId).execute();
}

/** From here on the copy is what counts. */
export async function switchWorkspace(
  tx: Tx,
  id: WorkspaceId,
  place: { serverId: ServerId; storageKey: string },
): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({ server_id: place.serverId, storage_key: place.storageKey, container_id: null })
    .where('id', '=', id)
    .execute();
}

/** Nothing keeps it from running any more: compute looks at it again. */
export async function releaseWorkspace(tx: Tx, id: WorkspaceId): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      held_by_move: null,
      reason: null,
      settled: sql<boolean>`settled and desired_status <> 'running'`,
      attempts: 0,
      next_attempt_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute();
}

/** Has compute look at it, so that it is stopped for its move. */
export async function unsettleWorkspace(tx: Tx, id: WorkspaceId): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({ settled: false, version: sql<number>`version + 1`, next_attempt_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

/** Its files are gone. It can be started again, empty, elsewhere, or deleted. */
export async function loseWorkspace(tx: Tx, id: WorkspaceId, reason: string): Promise<void> {
  const isDeleted = sql<boolean>`desired_status = 'deleted'`;
  await tx
    .updateTable('workspace')
    .set({
      status: sql<'failed'>`case when ${isDeleted} then 'deleted' else 'failed' end`,
      deleted_at: sql<Date>`case when ${isDeleted} then now() end`,
      desired_status: sql<'stopped'>`case when ${isDeleted} then 'deleted' else 'stopped' end`,
      reason,
      settled: true,
      version: sql<number>`version + 1`,
      server_id: null,
      storage_key: sql<string>`gen_random_uuid()::text`,
      container_id: null,
      held_by_move: null,
      ran_at: null,
      reserved_cpu: 0,
      reserved_memory_mb: 0,
      lease_token: null,
      lease_expires_at: null,
      interruption_cause: null,
      hung_container_id: null,
      hung_started_at: null,
      changed_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute();
}

export async function setMoveReason(tx: Tx, id: WorkspaceId, reason: string): Promise<void> {
  await tx.updateTable('workspace').set({ reason }).where('id', '=', id).execute();
}

export interface ServerWorkspaceRow {
  id: WorkspaceId;
  name: string;
  owner_id: UserId;
  owner_email: string;
  desired_status: DesiredStatus;
  status: WorkspaceStatus;
  last_active_at: Date;
}

/** Whose files live on the server. */
export async function listWorkspacesThere(
  db: Db,
  serverId: ServerId,
  page: { after?: string | undefined; limit: number },
): Promise<ServerWorkspaceRow[]> {
  let query = db
    .selectFrom('workspace')
    .innerJoin('user', 'user.id', 'workspace.owner_id')
    .select([
      'workspace.id',
      'workspace.name',
      'workspace.owner_id',
      'user.email as owner_email',
      'workspace.desired_status',
      'workspace.status',
      'workspace.last_active_at',
    ])
    .where('workspace.server_id', '=', serverId)
    .where('workspace.status', '<>', 'deleted');
  if (page.after !== undefined) query = query.where(sql<boolean>`workspace.id > ${page.after}`);
  return query
    .orderBy('workspace.id')
    .limit(page.limit + 1)
    .execute();
}
