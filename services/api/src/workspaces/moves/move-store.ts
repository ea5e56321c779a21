import type { MoveId, ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { MoveProgressInput } from '@podex/contracts/internal/moving';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { WorkspaceMove } from '../../database/generated/rows.ts';

// Owns table: workspace_move (move-claim-store.ts: as it is handed out).

/** How long compute may be silent about a move that it works on. */
export const MOVE_LEASE_MS = 30_000;

export const moveLeaseEnd = sql<Date>`now() + make_interval(secs => ${MOVE_LEASE_MS / 1000})`;

/** One as people are shown it. */
export type ViewedMoveRow = Selectable<WorkspaceMove> & { workspace_name: string; is_at_rest: boolean };

/** Its processes have ended, and nothing is about to start any. */
export const isAtRest = sql<boolean>`(workspace.settled and workspace.status in ('stopped', 'failed'))`;

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
  await tx
    .updateTable('workspace_move')
    .set({ lease_expires_at: moveLeaseEnd })
    .where('id', '=', id)
    .execute();
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
      lease_expires_at: moveLeaseEnd,
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
