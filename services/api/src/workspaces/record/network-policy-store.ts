import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { ServerNetworkPolicies } from '@podex/contracts/internal/network-policies';
import type { NetworkPolicyInput } from '@podex/contracts/network-policies';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { toJson } from '../../database/storable.ts';

// Owns table: workspace, as far as its network policy goes, and the revision of all policies in fleet.

/** Has compute take it to the server of a workspace that runs: at once, or after the step that it is taking. */
export async function setNetworkPolicy(
  tx: Tx,
  id: WorkspaceId,
  { mode, allow }: NetworkPolicyInput,
): Promise<void> {
  const runs = sql<boolean>`(desired_status = 'running' and (not settled or status = 'running'))`;
  await tx
    .updateTable('workspace')
    .set({
      network_mode: mode,
      network_allow: toJson(allow),
      network_pending: true,
      version: sql<number>`version + 1`,
      settled: sql<boolean>`settled and not ${runs}`,
      attempts: sql<number>`case when ${runs} then 0 else attempts end`,
      next_attempt_at: sql<Date>`case when ${runs} then now() else next_attempt_at end`,
    })
    .where('id', '=', id)
    .execute();
}

/** Whatever changes which policies a server has to hold. Holds the fleet’s row to the end of the transaction. */
export async function raiseNetworkRevision(tx: Tx): Promise<void> {
  await tx
    .updateTable('fleet')
    .set({
      network_revision: sql<number>`greatest(network_revision + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)`,
    })
    .execute();
}

/** In one statement: the revision is that of these policies. */
export async function listNetworkPolicies(db: Db, serverId: ServerId): Promise<ServerNetworkPolicies> {
  const rows = await db
    .selectFrom('fleet')
    .leftJoin('workspace', (join) =>
      join
        .on('workspace.server_id', '=', serverId)
        .on('workspace.network_mode', '<>', 'open')
        .on('workspace.status', '<>', 'deleted'),
    )
    .select([
      'fleet.network_revision',
      'workspace.storage_key',
      'workspace.network_mode',
      'workspace.network_allow',
    ])
    .orderBy('workspace.id')
    .execute();
  return {
    revision: rows[0]?.network_revision ?? 0,
    items: rows.flatMap(({ storage_key: key, network_mode: mode, network_allow: allow }) =>
      key === null || mode === null ? [] : [{ storage_key: key, mode, allow: allow ?? [] }],
    ),
  };
}
