import type { MoveId, ServerId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { MoveProgressInput } from '@podex/contracts/internal/moving';
import type { DesiredStatus, WorkspaceStatus } from '@podex/contracts/workspaces';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Workspace, WorkspaceMove } from '../database/generated/rows.ts';

// Owns table: workspace_move, and of workspace what a move holds and changes.

/** How long compute may be silent about a move that it works on. */
export const MOVE_LEASE_MS = 30_000;
const MAX_MOVES_OF_SERVER = 2;
const BEGUN = ['copying', 'verifying', 'switching', 'cleaning'] as const;
/** Those that the copy counts for: cleaning up is a small thing. */
const COPYING = ['copying', 'verifying', 'switching'] as const;

const leaseEnd = sql<Date>`now() + make_interval(secs => ${MOVE_LEASE_MS / 1000})`;

/** A move with what compute has to know of its workspace. */
export type MoveRow = Selectable<WorkspaceMove> &
  Pick<Selectable<Workspace>, 'size' | 'image' | 'placed_image' | 'desired_status'>;

/** One as people are shown it. */
export type ViewedMoveRow = Selectable<WorkspaceMove> & { workspace_name: string; is_at_rest: boolean };

/** Its processes have ended, and nothing is about to start any. */
const isAtRest = sql<boolean>`(workspace.settled and workspace.status in ('stopped', 'failed'))`;

export interface NewMove {
  id: MoveId;
  workspaceId: WorkspaceId;
  fromServer: ServerId;
  toServer: ServerId | undefined;
  sourceKey: string;
  targetKey: string;
  requestedBy: string | null;
}

export async function insertMove(tx: Tx, move: NewMove): Promise<void> {
  await tx
    .insertInto('workspace_move')
    .values({
      id: move.id,
      workspace_id: move.workspaceId,
      from_server: move.fromServer,
      to_server: move.toServer ?? null,
      source_key: move.sourceKey,
      target_key: move.targetKey,
      requested_by: move.requestedBy,
    })
    .execute();
}

/** Holds the fleet’s row to the end of the transaction: moves begin one after the other. */
async function lockFleetRow(tx: Tx): Promise<void> {
  await tx.selectFrom('fleet').select('id').forUpdate().execute();
}

/**
 * Moves to work on, each leased to one worker: those that were begun and have no worker, then those whose workspace is at rest, as
 * far as their servers take more. What begins holds its workspace.
 */
export async function claimMoves(tx: Tx, max: number): Promise<{ rows: MoveRow[]; held: WorkspaceId[] }> {
  const begun = await listDue(tx, max);
  const held: WorkspaceId[] = [];
  const ids = begun.map(({ id }) => id);
  if (ids.length < max) {
    await lockFleetRow(tx);
    for (const move of await listReady(tx)) {
      if (ids.length >= max) break;
      if (!(await hasRoomForMove(tx, move.from_server, move.id))) continue;
      if (!(await hasRoomForMove(tx, move.to_server, move.id))) continue;
      await beginMove(tx, move.id, move.workspace_id);
      held.push(move.workspace_id);
      ids.push(move.id);
    }
  }
  return { rows: await leaseMoves(tx, ids), held };
}

async function listDue(tx: Tx, max: number) {
  return tx
    .selectFrom('workspace_move')
    .select('id')
    .where('status', 'in', BEGUN)
    .where('next_attempt_at', '<=', sql<Date>`now()`)
    .where((where) =>
      where.or([where('lease_expires_at', 'is', null), where('lease_expires_at', '<=', sql<Date>`now()`)]),
    )
    .orderBy('next_attempt_at')
    .limit(max)
    .forUpdate()
    .skipLocked()
    .execute();
}

async function listReady(tx: Tx) {
  return tx
    .selectFrom('workspace_move')
    .innerJoin('workspace', 'workspace.id', 'workspace_move.workspace_id')
    .select([
      'workspace_move.id',
      'workspace_move.workspace_id',
      'workspace_move.from_server',
      'workspace_move.to_server',
    ])
    .where('workspace_move.status', '=', 'queued')
    .where('workspace_move.next_attempt_at', '<=', sql<Date>`now()`)
    .where('workspace.desired_status', '<>', 'deleted')
    .where(isAtRest)
    .orderBy('workspace_move.id')
    .limit(100)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** Whether fewer than two others are being copied from or to the server. */
export async function hasRoomForMove(tx: Tx, serverId: ServerId | null, exceptId: MoveId): Promise<boolean> {
  if (serverId === null) return true;
  const { moves } = await tx
    .selectFrom('workspace_move')
    .select(sql<number>`count(*)::integer`.as('moves'))
    .where('status', 'in', COPYING)
    .where('id', '<>', exceptId)
    .where((where) => where.or([where('from_server', '=', serverId), where('to_server', '=', serverId)]))
    .executeTakeFirstOrThrow();
  return moves < MAX_MOVES_OF_SERVER;
}

async function beginMove(tx: Tx, id: MoveId, workspaceId: WorkspaceId): Promise<void> {
  await tx
    .updateTable('workspace_move')
    .set({ status: 'copying', reason: null })
    .where('id', '=', id)
    .execute();
  await holdWorkspace(tx, workspaceId, id);
}

/** It is not started as long as the move holds it, and stopped if it runs. */
export async function holdWorkspace(tx: Tx, workspaceId: WorkspaceId, moveId: MoveId): Promise<void> {
  await tx.updateTable('workspace').set({ held_by_move: moveId }).where('id', '=', workspaceId).execute();
}

async function leaseMoves(tx: Tx, ids: readonly MoveId[]): Promise<MoveRow[]> {
  if (ids.length === 0) return [];
  return tx
    .updateTable('workspace_move')
    .from('workspace')
    .whereRef('workspace.id', '=', 'workspace_move.workspace_id')
    .where('workspace_move.id', 'in', ids)
    .set({ lease_token: sql<string>`gen_random_uuid()::text`, lease_expires_at: leaseEnd })
    .returningAll('workspace_move')
    .returning(['workspace.size', 'workspace.image', 'workspace.placed_image', 'workspace.desired_status'])
    .execute();
}

/** Milliseconds until time alone makes one claimable; undefined when it does not. */
export async function msUntilNextMove(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('workspace_move')
    .select(
      sql<
        number | null
      >`(extract(epoch from min(greatest(next_attempt_at, lease_expires_at)) - now()) * 1000)::float8`.as(
        'ms',
      ),
    )
    .where('status', 'in', BEGUN)
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms));
}

/** Which workspace it is of: that is locked before the move itself. */
export async function findMoveWorkspace(tx: Tx, id: MoveId): Promise<WorkspaceId | undefined> {
  const row = await tx
    .selectFrom('workspace_move')
    .select('workspace_id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.workspace_id;
}

/** Holds the row to the end of the transaction. Undefined when the lease is another’s by now. */
export async function lockLeasedMove(
  tx: Tx,
  id: MoveId,
  leaseToken: string,
): Promise<Selectable<WorkspaceMove> | undefined> {
  return tx
    .selectFrom('workspace_move')
    .selectAll()
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .forUpdate()
    .executeTakeFirst();
}

/** Holds the workspace and its open move to the end of the transaction. */
export async function lockOpenMove(
  tx: Tx,
  workspaceId: WorkspaceId,
): Promise<Selectable<WorkspaceMove> | undefined> {
  return tx
    .selectFrom('workspace_move')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('ended_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

export async function setMoveTarget(tx: Tx, id: MoveId, serverId: ServerId): Promise<void> {
  await tx.updateTable('workspace_move').set({ to_server: serverId }).where('id', '=', id).execute();
}

/** It is worked on. */
export async function renewMoveLease(tx: Tx, id: MoveId): Promise<void> {
  await tx.updateTable('workspace_move').set({ lease_expires_at: leaseEnd }).where('id', '=', id).execute();
}

/** Renews the lease as well. */
export async function recordMoveProgress(tx: Tx, id: MoveId, seen: MoveProgressInput): Promise<void> {
  await tx
    .updateTable('workspace_move')
    .set({
      status: seen.status,
      reason: null,
      bytes_done: seen.bytes_done,
      bytes_total: seen.bytes_total,
      files_total: seen.files_total,
      lease_expires_at: leaseEnd,
    })
    .where('id', '=', id)
    .execute();
}

/** Tried again from its beginning, or from the beginning of its cleaning. */
export async function recordMoveRetry(
  tx: Tx,
  row: Selectable<WorkspaceMove>,
  { reason, retryInMs }: { reason: string | null; retryInMs: number },
): Promise<void> {
  await tx
    .updateTable('workspace_move')
    .set({
      reason,
      ...(row.status === 'cleaning' ? {} : { status: 'copying' as const, bytes_done: 0 }),
      attempts: reason === null ? row.attempts : row.attempts + 1,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${retryInMs / 1000})`,
      lease_token: null,
      lease_expires_at: null,
    })
    .where('id', '=', row.id)
    .execute();
}

/** What is left over has to be removed: the old copy after `done`, otherwise what there is of the new one. */
export async function beginCleaning(
  tx: Tx,
  id: MoveId,
  { outcome, reason, keepsLease }: { outcome: MoveOutcome; reason: string | null; keepsLease: boolean },
): Promise<void> {
  await tx
    .updateTable('workspace_move')
    .set({
      status: 'cleaning',
      outcome,
      reason,
      attempts: 0,
      next_attempt_at: sql<Date>`now()`,
      ...(keepsLease ? {} : { lease_token: null, lease_expires_at: null }),
    })
    .where('id', '=', id)
    .execute();
}

export type MoveOutcome = 'done' | 'failed' | 'cancelled';

export async function endMove(
  tx: Tx,
  id: MoveId,
  { outcome, reason }: { outcome: MoveOutcome; reason: string | null },
): Promise<void> {
  await tx
    .updateTable('workspace_move')
    .set({
      status: outcome,
      outcome,
      reason,
      ended_at: sql<Date>`now()`,
      lease_token: null,
      lease_expires_at: null,
    })
    .where('id', '=', id)
    .execute();
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

/** Of moves that still read or write on the server. */
export async function countOpenMoves(tx: Tx, serverId: ServerId): Promise<number> {
  const row = await tx
    .selectFrom('workspace_move')
    .select(sql<number>`count(*)::integer`.as('moves'))
    .where('ended_at', 'is', null)
    .where((where) => where.or([where('from_server', '=', serverId), where('to_server', '=', serverId)]))
    .executeTakeFirstOrThrow();
  return row.moves;
}

/** Workspaces that are on their way to the server. */
export async function listOpenMovesTo(tx: Tx, serverId: ServerId): Promise<WorkspaceId[]> {
  const rows = await tx
    .selectFrom('workspace_move')
    .select('workspace_id')
    .where('ended_at', 'is', null)
    .where('to_server', '=', serverId)
    .orderBy('workspace_id')
    .execute();
  return rows.map(({ workspace_id: id }) => id);
}

/** Its files are gone. It can be started anew elsewhere, or deleted. */
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

function selectMoves(db: Db | Tx) {
  return db
    .selectFrom('workspace_move')
    .innerJoin('workspace', 'workspace.id', 'workspace_move.workspace_id')
    .selectAll('workspace_move')
    .select(['workspace.name as workspace_name', isAtRest.as('is_at_rest')]);
}

export async function findLatestMove(
  db: Db | Tx,
  workspaceId: WorkspaceId,
): Promise<ViewedMoveRow | undefined> {
  return selectMoves(db)
    .where('workspace_move.workspace_id', '=', workspaceId)
    .orderBy('workspace_move.id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** From or to the server, newest first. */
export async function listMovesOfServer(
  db: Db,
  serverId: ServerId,
  page: { after?: string | undefined; limit: number },
): Promise<ViewedMoveRow[]> {
  let query = selectMoves(db).where((where) =>
    where.or([
      where('workspace_move.from_server', '=', serverId),
      where('workspace_move.to_server', '=', serverId),
    ]),
  );
  if (page.after !== undefined) query = query.where(sql<boolean>`workspace_move.id < ${page.after}`);
  return query
    .orderBy('workspace_move.id', 'desc')
    .limit(page.limit + 1)
    .execute();
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
