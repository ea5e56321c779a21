import type { CommandId, WorkspaceId } from '@podex/contracts/ids';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import { isForOthers } from '../../servers/sighting-store.ts';

// Owns table: workspace, as far as its setup goes.

/** How long compute may watch one step before it says how far it is. */
export const SETUP_LEASE_MS = 30_000;

/** Setups to be done in workspaces that run, each leased to one worker. */
export async function claimSetups(db: Db, max: number, workerId: string): Promise<Selectable<Workspace>[]> {
  return db
    .with('picked', (query) =>
      query
        .selectFrom('workspace')
        .select('id')
        .where('setup_status', '=', 'running')
        .where('status', '=', 'running')
        .where('desired_status', '=', 'running')
        .where((where) => where.not(isForOthers(workerId)))
        .where((where) =>
          where.or([
            where('setup_lease_expires_at', 'is', null),
            where('setup_lease_expires_at', '<=', sql<Date>`now()`),
          ]),
        )
        .orderBy('setup_lease_expires_at', (order) => order.asc().nullsFirst())
        .limit(max)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('workspace')
    .from('picked')
    .whereRef('workspace.id', '=', 'picked.id')
    .set({
      setup_lease_token: sql<string>`gen_random_uuid()::text`,
      setup_lease_owner: workerId,
      setup_lease_expires_at: sql<Date>`now() + make_interval(secs => ${SETUP_LEASE_MS / 1000})`,
    })
    .returningAll('workspace')
    .execute();
}

/** Milliseconds until the worker can claim the next; undefined when none waits. */
export async function msUntilNextSetup(db: Db, workerId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('workspace')
    .select(
      sql<number | null>`(extract(epoch from min(setup_lease_expires_at) - now()) * 1000)::float8`.as('ms'),
    )
    .where('setup_status', '=', 'running')
    .where('status', '=', 'running')
    .where('desired_status', '=', 'running')
    .where((where) => where.not(isForOthers(workerId)))
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms));
}

/** Holds the row to the end of the transaction. Undefined when the lease is another’s by now. */
export async function lockLeasedSetup(
  tx: Tx,
  id: WorkspaceId,
  leaseToken: string,
): Promise<Selectable<Workspace> | undefined> {
  return tx
    .selectFrom('workspace')
    .selectAll()
    .where('id', '=', id)
    .where('setup_lease_token', '=', leaseToken)
    .forUpdate()
    .executeTakeFirst();
}

export interface SetupSeen {
  status: 'running' | 'failed' | 'done';
  reason: string | null;
  /** A new one begins the step again. */
  commandId?: CommandId;
  retryInMs?: number;
}

/** Takes the lease back. */
export async function recordSetup(tx: Tx, id: WorkspaceId, seen: SetupSeen): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      setup_status: seen.status,
      setup_reason: seen.reason,
      setup_lease_token: null,
      setup_lease_owner: null,
      setup_lease_expires_at:
        seen.retryInMs === undefined
          ? null
          : sql<Date>`now() + make_interval(secs => ${seen.retryInMs / 1000})`,
      ...(seen.commandId === undefined ? {} : { setup_command_id: seen.commandId }),
    })
    .where('id', '=', id)
    .execute();
}
