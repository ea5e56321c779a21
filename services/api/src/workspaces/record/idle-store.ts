import type { WorkspaceId } from '@podex/contracts/ids';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import { WARNING_LEAD_SECONDS } from './idle.ts';

// Owns tables: workspace, as far as its use goes, and what fleet says of it. Reads what other stores own: turn, approval.

/** What holds for workspaces that say nothing of their own. */
export interface IdlePolicy {
  /** 0 is never. */
  timeoutSeconds: number;
  /** Whether one may have a longer timeout of its own, or none. */
  mayBeNever: boolean;
}

/** How long a worker may take to see whether something runs in a workspace. */
const IDLE_LEASE_SECONDS = 30;

const OF_FLEET = sql`(select nullif(fleet.idle_timeout_seconds, 0) from fleet)`;
const OWN_OR_OF_FLEET = sql`nullif(coalesce(workspace.idle_timeout_seconds, (select fleet.idle_timeout_seconds from fleet)), 0)`;

/** Seconds without use after which a workspace is stopped; null is never. */
export const idleTimeout: RawBuilder<number | null> = sql`(case
  when (select fleet.idle_may_be_never from fleet) then ${OWN_OR_OF_FLEET}
  else least(${OWN_OR_OF_FLEET}, ${OF_FLEET})
end)`;

const dueAt = sql<Date>`greatest(
  workspace.last_active_at + make_interval(secs => ${idleTimeout}),
  workspace.keep_alive_until,
  workspace.idle_stops_at
)`;

/** When a workspace is stopped unless it is used before. */
export const stopsAt: RawBuilder<Date | null> = sql`(case
  when workspace.desired_status in ('running', 'paused') and workspace.status = workspace.desired_status and ${idleTimeout} is not null then ${dueAt}
end)`;

export async function readIdlePolicy(db: Db | Tx): Promise<IdlePolicy> {
  const row = await db
    .selectFrom('fleet')
    .select(['idle_timeout_seconds', 'idle_may_be_never'])
    .executeTakeFirstOrThrow();
  return { timeoutSeconds: row.idle_timeout_seconds, mayBeNever: row.idle_may_be_never };
}

/** Writes only what is new: placements lock the same row. */
export async function setIdlePolicy(db: Db, { timeoutSeconds, mayBeNever }: IdlePolicy): Promise<void> {
  await db
    .updateTable('fleet')
    .set({ idle_timeout_seconds: timeoutSeconds, idle_may_be_never: mayBeNever })
    .where((where) =>
      where.or([
        where('idle_timeout_seconds', '<>', timeoutSeconds),
        where('idle_may_be_never', '<>', mayBeNever),
      ]),
    )
    .execute();
}

/** Those that may have to be warned or stopped by now, longest idle first, each leased to one worker. */
export async function claimIdle(
  db: Db,
  max: number,
  { pauseAfterSeconds }: { pauseAfterSeconds: number | null },
): Promise<WorkspaceId[]> {
  const timeout = idleTimeout;
  const isNear = sql<boolean>`greatest(
    workspace.last_active_at + make_interval(secs => ${timeout} - least(${WARNING_LEAD_SECONDS}, ${timeout} / 2.0)),
    workspace.keep_alive_until - make_interval(secs => least(${WARNING_LEAD_SECONDS}, ${timeout} / 2.0))
  ) <= now()`;
  const isPauseDue = sql<boolean>`(workspace.status = 'running' and workspace.idle_stops_at is null and greatest(
    workspace.last_active_at + make_interval(secs => ${pauseAfterSeconds}::float8),
    workspace.keep_alive_until
  ) <= now() and ${pauseAfterSeconds}::float8 is not null)`;
  const rows = await db
    .with('picked', (query) =>
      query
        .selectFrom('workspace')
        .select('id')
        .where('desired_status', 'in', ['running', 'paused'])
        .where(sql<boolean>`status = desired_status`)
        .where('settled', '=', true)
        .where(
          sql<boolean>`(workspace.idle_stops_at <= now() or (workspace.idle_stops_at is null and ${timeout} is not null and ${isNear}) or ${isPauseDue})`,
        )
        .where(sql<boolean>`coalesce(workspace.idle_lease_expires_at <= now(), true)`)
        .orderBy('last_active_at')
        .limit(max)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('workspace')
    .from('picked')
    .whereRef('workspace.id', '=', 'picked.id')
    .set({ idle_lease_expires_at: sql<Date>`now() + make_interval(secs => ${IDLE_LEASE_SECONDS})` })
    .returning('workspace.id')
    .execute();
  return rows.map(({ id }) => id);
}

export type IdleRow = Selectable<Workspace> & { timeout_seconds: number | null; now: Date };

/** Holds the row to the end of the transaction. Undefined unless it runs or rests, and shall. */
export async function lockForIdle(tx: Tx, id: WorkspaceId): Promise<IdleRow | undefined> {
  return tx
    .selectFrom('workspace')
    .selectAll('workspace')
    .select([idleTimeout.as('timeout_seconds'), sql<Date>`clock_timestamp()`.as('now')])
    .where('id', '=', id)
    .where('desired_status', 'in', ['running', 'paused'])
    .where(sql<boolean>`status = desired_status`)
    .where('settled', '=', true)
    .forUpdate('workspace')
    .executeTakeFirst();
}

/** Of the agent’s turns in a workspace that the caller has locked: none begins meanwhile. */
export async function readTurnUse(
  tx: Tx,
  id: WorkspaceId,
): Promise<{ hasRunningTurn: boolean; lastTurnAt: Date | null }> {
  const row = await tx
    .selectFrom('turn')
    .innerJoin('conversation', 'conversation.id', 'turn.conversation_id')
    .select([
      // One that waits for a person does not use the workspace.
      sql<boolean>`coalesce(bool_or(turn.status in ('queued', 'running') or turn.waiting_reason in ('retry', 'workspace')), false)`.as(
        'has_running_turn',
      ),
      sql<Date | null>`max(coalesce(
        turn.ended_at,
        (select max(approval.created_at) from approval where approval.turn_id = turn.id),
        turn.created_at
      ))`.as('last_turn_at'),
    ])
    .where('conversation.workspace_id', '=', id)
    .executeTakeFirstOrThrow();
  return { hasRunningTurn: row.has_running_turn, lastTurnAt: row.last_turn_at };
}

export async function recordUse(tx: Tx, id: WorkspaceId, at: Date): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      last_active_at: sql<Date>`greatest(last_active_at, ${at})`,
      idle_stops_at: null,
      idle_lease_expires_at: null,
    })
    .where('id', '=', id)
    .execute();
}

export async function recordWarning(tx: Tx, id: WorkspaceId, stopsAt: Date | null): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({ idle_stops_at: stopsAt, idle_lease_expires_at: null })
    .where('id', '=', id)
    .execute();
}

export async function releaseIdle(tx: Tx, id: WorkspaceId): Promise<void> {
  await tx.updateTable('workspace').set({ idle_lease_expires_at: null }).where('id', '=', id).execute();
}

/** Its idle time begins again; with `seconds`, not before they are over. */
export async function keepAlive(tx: Tx, id: WorkspaceId, seconds: number | undefined): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      last_active_at: sql<Date>`now()`,
      idle_stops_at: null,
      ...(seconds === undefined
        ? {}
        : { keep_alive_until: sql<Date>`now() + make_interval(secs => ${seconds})` }),
    })
    .where('id', '=', id)
    .execute();
}

/** Moves `last_active_at` of workspaces that were used just now. @returns those that people were warned of, and those that are paused. */
export async function touchWorkspaces(
  tx: Tx,
  ids: readonly WorkspaceId[],
): Promise<{ warned: WorkspaceId[]; paused: Selectable<Workspace>[] }> {
  if (ids.length === 0) return { warned: [], paused: [] };
  const rows = await tx
    .selectFrom('workspace')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .execute();
  await tx
    .updateTable('workspace')
    .set({ last_active_at: sql<Date>`now()`, idle_stops_at: null })
    .where('id', 'in', ids)
    .execute();
  return {
    warned: rows.flatMap(({ id, idle_stops_at }) => (idle_stops_at === null ? [] : [id])),
    paused: rows.filter(({ desired_status: desired }) => desired === 'paused'),
  };
}
