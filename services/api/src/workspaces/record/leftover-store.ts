import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { Leftover } from '@podex/contracts/internal/compute';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import { WORKSPACE_LEASE_MS } from './workspace-work-store.ts';

// Owns table: leftover; and workspace, as far as its first start leaves a server. Reads server.

/** One that has never run: nothing of a person’s is on its storage. */
export type FirstStart = Selectable<Workspace> & { server_id: ServerId; ran_at: null };

export function isFirstStart(row: Selectable<Workspace>): row is FirstStart {
  return row.ran_at === null && row.server_id !== null;
}

/** What a server may turn out to be that a first start leaves. */
export type LeaveCause = 'unreachable' | 'unfit';

export async function isAnotherReady(tx: Tx, than: ServerId): Promise<boolean> {
  const row = await tx
    .selectFrom('server')
    .select('id')
    .where('id', '<>', than)
    .where('admin_status', '=', 'active')
    .where('observed_status', '=', 'ready')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Holds those on the server to the end of the transaction, but for those that are being deleted: these wait for their server. */
export async function lockFirstStarts(tx: Tx, serverId: ServerId): Promise<Selectable<Workspace>[]> {
  return tx
    .selectFrom('workspace')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('ran_at', 'is', null)
    .where('status', '<>', 'deleted')
    .where('desired_status', '<>', 'deleted')
    .orderBy('id')
    .forUpdate()
    .execute();
}

/** The container and the folder of this key may be on the server, or be about to. */
export async function insertLeftover(tx: Tx, row: FirstStart, engineId: string | null): Promise<void> {
  await tx
    .insertInto('leftover')
    .values({
      storage_key: row.storage_key,
      workspace_id: row.id,
      server_id: row.server_id,
      engine_id: engineId,
    })
    .execute();
}

/** It begins again, with a folder of another name, wherever there is room. The worker that has it loses its lease. */
export async function takeOffServer(
  tx: Tx,
  id: WorkspaceId,
  { name, because, reason }: { name: string; because: LeaveCause; reason: string },
): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      left_server: name,
      left_because: because,
      server_id: null,
      storage_key: sql<string>`gen_random_uuid()::text`,
      container_id: null,
      placed_image: null,
      placed_size: null,
      reserved_cpu: 0,
      reserved_memory_mb: 0,
      started_from: 'cold',
      told_own_secrets: false,
      status: sql<'creating'>`case when desired_status = 'running' then 'creating' else 'stopping' end`,
      status_since: sql<Date>`now()`,
      reason,
      settled: false,
      attempts: 0,
      next_attempt_at: sql<Date>`now()`,
      lease_token: null,
      lease_owner: null,
      lease_expires_at: null,
      changed_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute();
}

export async function setReason(tx: Tx, id: WorkspaceId, reason: string): Promise<void> {
  await tx.updateTable('workspace').set({ reason }).where('id', '=', id).execute();
}

/**
 * What is to be removed from each server. Not before a worker that still acts for the old place has come to the end of its lease: it could
 * make again what was just removed.
 */
export async function listLeftovers(db: Db): Promise<(Leftover & { server_id: ServerId })[]> {
  return db
    .selectFrom('leftover')
    .innerJoin('server', (join) =>
      join.on((on) =>
        on.or([
          on('server.id', '=', on.ref('leftover.server_id')),
          on.and([
            on('leftover.server_id', 'is', null),
            on('server.engine_id', '=', on.ref('leftover.engine_id')),
          ]),
        ]),
      ),
    )
    .select(['leftover.storage_key', 'leftover.workspace_id', 'server.id as server_id'])
    .where('leftover.created_at', '<', sql<Date>`now() - make_interval(secs => ${WORKSPACE_LEASE_MS / 1000})`)
    .orderBy('leftover.storage_key')
    .execute();
}

/** Of the containers that the server says it has, those that are not in the place and of the folder that count for their workspaces. */
export async function listForeignContainers(
  tx: Tx,
  serverId: ServerId,
  containers: readonly { workspace_id: WorkspaceId; container_id: string; storage_key: string | null }[],
): Promise<string[]> {
  const ids = containers.map((container) => container.workspace_id);
  if (ids.length === 0) return [];
  const { rows } = await sql<{ container_id: string }>`
    select seen.container_id
    from unnest(
      ${ids}::text[],
      ${containers.map((container) => container.container_id)}::text[],
      ${containers.map((container) => container.storage_key)}::text[]
    ) as seen (workspace_id, container_id, storage_key)
    left join workspace on workspace.id = seen.workspace_id
    where workspace.server_id is distinct from ${serverId} or workspace.storage_key <> seen.storage_key`.execute(
    tx,
  );
  return rows.map((row) => row.container_id);
}

export async function deleteLeftover(tx: Tx, storageKey: string): Promise<void> {
  await tx.deleteFrom('leftover').where('storage_key', '=', storageKey).execute();
}
