import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { ContainerRun } from '@podex/contracts/internal/compute';
import { type Selectable, sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';

// Owns table: workspace, as far as it was interrupted while it ran.

export interface ContainersSeen {
  serverId: ServerId;
  seenAt: Date;
  running: readonly WorkspaceId[];
  /** Of these, what rests, and what is known to go on. */
  paused: readonly WorkspaceId[];
  awake: readonly WorkspaceId[];
}

/** What should run there and was not seen. */
export async function lockLostWorkspaces(tx: Tx, seen: ContainersSeen): Promise<Selectable<Workspace>[]> {
  let query = heldForRunning(tx)
    .where('server_id', '=', seen.serverId)
    .where('changed_at', '<', seen.seenAt)
    .orderBy('id');
  if (seen.running.length > 0) query = query.where('id', 'not in', seen.running);
  return query.forUpdate().execute();
}

/** Undefined unless it is held for running in this container. */
export async function lockHungWorkspace(
  tx: Tx,
  id: WorkspaceId,
  containerId: string,
): Promise<Selectable<Workspace> | undefined> {
  return heldForRunning(tx)
    .where('id', '=', id)
    .where('container_id', '=', containerId)
    .where('desired_status', '=', 'running')
    .forUpdate()
    .executeTakeFirst();
}

function heldForRunning(tx: Tx) {
  return tx.selectFrom('workspace').selectAll().where('status', '=', 'running').where('settled', '=', true);
}

export interface Interruption {
  cause: 'ended' | 'hung';
  at: Date;
  count: number;
  pauseMs: number;
  reason: string;
  hung: ContainerRun | null;
}

/** Hands it out to be started again. */
export async function recordInterruption(tx: Tx, id: WorkspaceId, interruption: Interruption): Promise<void> {
  const { cause, at, count, pauseMs, reason, hung } = interruption;
  await tx
    .updateTable('workspace')
    .set({
      status: 'creating',
      reason,
      settled: false,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${pauseMs / 1000})`,
      changed_at: sql<Date>`now()`,
      status_since: sql<Date>`now()`,
      interruptions: count,
      interrupted_at: at,
      interruption_cause: cause,
      hung_container_id: hung?.container_id ?? null,
      hung_started_at: hung?.started_at ?? null,
      // Nothing runs any more that was told secrets.
      ...(hung === null ? { container_id: null, told_own_secrets: false } : {}),
    })
    .where('id', '=', id)
    .execute();
}
