import type { ServerId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { ObserveInput } from '@podex/contracts/internal/compute';
import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import { diskGbOf } from '../../database/size-sums.ts';
import { toJson } from '../../database/storable.ts';
import { isForOthers } from '../../servers/sighting-store.ts';
import type { ContainersSeen } from './interruption-store.ts';

// Owns tables: workspace, as compute sees it (workspace-store.ts: as its owner does), and fleet.

/**
 * How long compute may take for one step of one workspace. A step that takes longer (an image is pulled) is observed as unsettled
 * in between, which hands the workspace out again.
 */
export const WORKSPACE_LEASE_MS = 30_000;

const leaseEnd = sql<Date>`now() + make_interval(secs => ${WORKSPACE_LEASE_MS / 1000})`;

/** Workspaces that wait for a step, oldest first, each leased to one worker. */
export async function claimWorkspaces(
  db: Db,
  max: number,
  workerId: string,
): Promise<Selectable<Workspace>[]> {
  return db
    .with('picked', (query) =>
      query
        .selectFrom('workspace')
        .select('id')
        .where('settled', '=', false)
        .where('next_attempt_at', '<=', sql<Date>`now()`)
        .where((where) => where.not(isForOthers(workerId)))
        .where((where) =>
          where.or([
            where('lease_expires_at', 'is', null),
            where('lease_expires_at', '<=', sql<Date>`now()`),
          ]),
        )
        .orderBy('next_attempt_at')
        .limit(max)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('workspace')
    .from('picked')
    .whereRef('workspace.id', '=', 'picked.id')
    .set({
      lease_token: sql<string>`gen_random_uuid()::text`,
      lease_owner: workerId,
      lease_expires_at: leaseEnd,
    })
    .returningAll('workspace')
    .execute();
}

/** What workers of these instances hold, but for one: they are known to be dead. @returns how many leases were freed. */
export async function releaseLeases(tx: Tx, instances: readonly string[], exceptId: string): Promise<number> {
  if (instances.length === 0) return 0;
  const isDead = (owner: 'lease_owner' | 'setup_lease_owner') =>
    sql<boolean>`split_part(${sql.ref(owner)}, '/', 1) in (${sql.join(instances)}) and ${sql.ref(owner)} <> ${exceptId}`;
  const workspaces = await tx
    .updateTable('workspace')
    .set({ lease_token: null, lease_owner: null, lease_expires_at: null })
    .where('lease_token', 'is not', null)
    .where(isDead('lease_owner'))
    .executeTakeFirstOrThrow();
  const setups = await tx
    .updateTable('workspace')
    .set({ setup_lease_token: null, setup_lease_owner: null, setup_lease_expires_at: null })
    .where('setup_lease_token', 'is not', null)
    .where(isDead('setup_lease_owner'))
    .executeTakeFirstOrThrow();
  const moves = await tx
    .updateTable('workspace_move')
    .set({ lease_token: null, lease_owner: null, lease_expires_at: null })
    .where('lease_token', 'is not', null)
    .where(isDead('lease_owner'))
    .executeTakeFirstOrThrow();
  return Number(workspaces.numUpdatedRows + setups.numUpdatedRows + moves.numUpdatedRows);
}

/** Milliseconds until the worker can claim the next workspace; undefined when none waits. */
export async function msUntilNextClaim(db: Db, workerId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('workspace')
    .select(
      sql<
        number | null
      >`(extract(epoch from min(greatest(next_attempt_at, lease_expires_at)) - now()) * 1000)::float8`.as(
        'ms',
      ),
    )
    .where('settled', '=', false)
    .where((where) => where.not(isForOthers(workerId)))
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms));
}

/** Undefined when the lease is another’s by now. */
export async function findLeasedWorkspace(db: Db | Tx, id: WorkspaceId, leaseToken: string) {
  return db
    .selectFrom('workspace')
    .select([
      'id',
      'name',
      'owner_id',
      'team_id',
      'server_id',
      'desired_status',
      'env',
      sql<boolean>`exists (select 1 from workspace_share where workspace_share.workspace_id = workspace.id)`.as(
        'is_shared',
      ),
    ])
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .executeTakeFirst();
}

/** Holds the row to the end of the transaction. Undefined when the lease is another’s by now. */
export async function lockLeasedWorkspace(
  tx: Tx,
  id: WorkspaceId,
  leaseToken: string,
): Promise<Selectable<Workspace> | undefined> {
  return tx
    .selectFrom('workspace')
    .selectAll()
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Holds the fleet’s row to the end of the transaction: reservations happen one after the other. Keeps what compute’s variable says, for
 * who shows it.
 */
export async function lockFleet(tx: Tx, maxWorkspaces: number): Promise<void> {
  await tx.updateTable('fleet').set({ max_workspaces: maxWorkspaces }).execute();
}

/** The same, where nothing is known of the fleet’s size. */
export async function lockFleetAsItIs(tx: Tx): Promise<void> {
  await tx.selectFrom('fleet').select('id').forUpdate().execute();
}

/** Holds the row to the end of the transaction, without a look at who asks. */
export async function lockWorkspaceRow(tx: Tx, id: WorkspaceId): Promise<Selectable<Workspace> | undefined> {
  return tx.selectFrom('workspace').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Those whose files live there, oldest first. */
export async function listIdsOnServer(tx: Tx, serverId: ServerId): Promise<WorkspaceId[]> {
  const rows = await tx
    .selectFrom('workspace')
    .select('id')
    .where('server_id', '=', serverId)
    .where('status', '<>', 'deleted')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** What other workspaces hold: on the server, and how many over all servers. */
export async function sumReservations(tx: Tx, serverId: ServerId, exceptId: WorkspaceId) {
  return tx
    .selectFrom('workspace')
    .select([
      sql<number>`coalesce(sum(reserved_cpu) filter (where server_id = ${serverId}), 0)`.as('cpu'),
      sql<number>`coalesce(sum(reserved_memory_mb) filter (where server_id = ${serverId}), 0)::float8`.as(
        'memory_mb',
      ),
      sql<number>`coalesce(sum(${diskGbOf('size')}) filter (where server_id = ${serverId}), 0)::float8`.as(
        'disk_gb',
      ),
      sql<number>`(count(*) filter (where reserved_memory_mb > 0))::integer`.as('workspaces'),
    ])
    .where('status', '<>', 'deleted')
    .where((where) => where.or([where('reserved_memory_mb', '>', 0), where('server_id', '=', serverId)]))
    .where('id', '<>', exceptId)
    .executeTakeFirstOrThrow();
}

export interface Placement {
  serverId: ServerId;
  image: string;
  cpu: number;
  memoryMb: number;
}

export async function placeWorkspace(tx: Tx, id: WorkspaceId, placement: Placement): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      server_id: placement.serverId,
      placed_image: placement.image,
      placed_size: sql.ref('size'),
      reserved_cpu: placement.cpu,
      reserved_memory_mb: placement.memoryMb,
      ...waitOf(undefined),
    })
    .where('id', '=', id)
    .execute();
}

const HAS_NO_PROCESSES: ReadonlySet<string> = new Set(['stopped', 'deleted']);
const RELEASES_RESERVATION: ReadonlySet<string> = new Set(['stopped', 'deleted']);

/** Keeps what compute saw and takes the lease back. `isSettled`: no further step is wanted. */
export async function recordObservation(
  tx: Tx,
  row: Selectable<Workspace>,
  input: ObserveInput,
  isSettled: boolean,
): Promise<void> {
  const isFailedTry = !isSettled && input.reason !== null;
  const retryMs = input.version === row.version ? (input.retry_in_ms ?? 0) : 0;
  await tx
    .updateTable('workspace')
    .set({
      status: input.status,
      reason: input.reason,
      container_id: input.container_id,
      settled: isSettled,
      attempts: isFailedTry ? row.attempts + 1 : 0,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${retryMs / 1000})`,
      lease_token: null,
      lease_owner: null,
      lease_expires_at: null,
      changed_at: sql<Date>`now()`,
      ...waitOf(isSettled ? undefined : input.waits_for),
      // It runs again, or is given up: the next task need not tell of it.
      ...(isSettled ? { interruption_cause: null, hung_container_id: null, hung_started_at: null } : {}),
      ...(input.status === 'running'
        ? {
            ran_at: sql<Date>`coalesce(ran_at, now())`,
            left_server: null,
            left_because: null,
            ran_container_id: input.container_id,
            ...(input.version === row.version ? { network_pending: false } : {}),
            // One that was asked for meanwhile is still to come.
            ...(input.container_id === row.rebuild_of ? {} : { rebuild_of: null }),
          }
        : {}),
      ...(input.status === 'deleted' ? { deleted_at: sql<Date>`now()` } : {}),
      ...(HAS_NO_PROCESSES.has(input.status) ? { told_own_secrets: false } : {}),
      ...(releasesReservation(row, input) ? { reserved_cpu: 0, reserved_memory_mb: 0 } : {}),
      ...(input.status === row.status ? {} : { status_since: sql<Date>`now()` }),
    })
    .where('id', '=', row.id)
    .execute();
}

/** For how long it has waited counts from the first try that found no room. */
function waitOf(wait: ObserveInput['waits_for']) {
  if (wait === undefined) return { waits_for: null, waits_since: null };
  return { waits_for: toJson(wait), waits_since: sql<Date>`coalesce(waits_since, now())` };
}

/** What could not be stopped may still run. */
function releasesReservation(row: Selectable<Workspace>, { status }: ObserveInput): boolean {
  if (status === 'failed') return row.desired_status === 'running';
  return RELEASES_RESERVATION.has(status);
}

/**
 * What runs there although it should not, rests although it should run, or runs although it should rest: handed out again, so that
 * compute stops, removes, thaws or freezes it.
 */
export async function unsettleStrayContainers(tx: Tx, seen: ContainersSeen): Promise<boolean> {
  if (seen.running.length === 0) return false;
  const rows = await tx
    .updateTable('workspace')
    .set({ settled: false, next_attempt_at: sql<Date>`now()` })
    .where('id', 'in', seen.running)
    // What another server says of them is for that server to clear up, or a lie.
    .where('server_id', '=', seen.serverId)
    .where((where) =>
      where.or([
        where('desired_status', 'in', ['stopped', 'deleted']),
        where.and([where('desired_status', '=', 'paused'), isAmong(seen.awake)]),
        where.and([where('desired_status', '=', 'running'), isAmong(seen.paused)]),
      ]),
    )
    .where('settled', '=', true)
    .where('changed_at', '<', seen.seenAt)
    .returning('id')
    .execute();
  return rows.length > 0;
}

function isAmong(ids: readonly WorkspaceId[]) {
  return sql<SqlBool>`id = any(${ids}::text[])`;
}

/** Workspaces whose shown status follows that of their server. */
export async function listWorkspacesOfServer(
  tx: Tx,
  serverId: ServerId,
): Promise<{ id: WorkspaceId; owner_id: UserId }[]> {
  return tx
    .selectFrom('workspace')
    .select(['id', 'owner_id'])
    .where('server_id', '=', serverId)
    .where('status', 'in', ['creating', 'running', 'pausing', 'paused', 'stopping'])
    .where('desired_status', '<>', 'deleted')
    .orderBy('id')
    .execute();
}
