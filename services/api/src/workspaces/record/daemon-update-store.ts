import type { WorkspaceId } from '@podex/contracts/ids';
import type { DaemonsInput } from '@podex/contracts/internal/compute';
import type { DaemonUpdate } from '@podex/contracts/workspaces';
import type { Tx } from '../../database/connect.ts';

// Owns table: workspace, as far as its daemon is to be updated.

type Said = DaemonsInput['items'];

/** Those that were said of the container of their last run, and which of them differ from what was known. */
export async function recordDaemonUpdates(
  tx: Tx,
  said: Said,
): Promise<{ taken: WorkspaceId[]; changed: WorkspaceId[] }> {
  if (said.length === 0) return { taken: [], changed: [] };
  const byId = new Map(said.map((one) => [one.workspace_id, one]));
  const rows = await tx
    .selectFrom('workspace')
    .select(['id', 'container_id', 'daemon_update'])
    .where('id', 'in', [...byId.keys()])
    .where('status', '<>', 'deleted')
    .orderBy('id')
    .forUpdate()
    .execute();
  const taken = rows.filter((row) => row.container_id === byId.get(row.id)?.container_id);
  const changed = taken.filter((row) => row.daemon_update !== byId.get(row.id)?.update);
  for (const update of ['at_next_start', 'needs_rebuild', null] as const) {
    const ids = changed.filter(({ id }) => byId.get(id)?.update === update).map(({ id }) => id);
    if (ids.length > 0) await setDaemonUpdate(tx, ids, update);
  }
  return { taken: taken.map(({ id }) => id), changed: changed.map(({ id }) => id) };
}

async function setDaemonUpdate(
  tx: Tx,
  ids: readonly WorkspaceId[],
  update: DaemonUpdate | null,
): Promise<void> {
  await tx.updateTable('workspace').set({ daemon_update: update }).where('id', 'in', ids).execute();
}
