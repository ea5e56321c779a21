import type { MoveId, ServerId, WorkspaceId } from '@podex/contracts/ids';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Workspace, WorkspaceMove } from '../../database/generated/rows.ts';
import { lockFleetAsItIs } from '../record/workspace-work-store.ts';
import { isAtRest, moveLeaseEnd } from './move-store.ts';
import { holdWorkspace } from './moved-workspace-store.ts';

// Owns table: workspace_move, as it is handed out to compute (move-store.ts: all else).

const MAX_MOVES_OF_SERVER = 2;
const BEGUN = ['copying', 'verifying', 'switching', 'cleaning'] as const;
/** Those that count: cleaning up is a small thing. */
const COPYING = ['copying', 'verifying', 'switching'] as const;

/** A move with what compute has to know of its workspace. */
export type MoveRow = Selectable<WorkspaceMove> &
  Pick<
    Selectable<Workspace>,
    'size' | 'image' | 'placed_image' | 'region' | 'region_match' | 'required_labels'
  >;

/**
 * Moves to work on, each leased to one worker: those that were begun and have no worker, then those whose workspace is at rest, as
 * far as their servers take more. What begins holds its workspace.
 */
export async function claimMoves(
  tx: Tx,
  max: number,
  workerId: string,
): Promise<{ rows: MoveRow[]; held: WorkspaceId[] }> {
  const begun = await listDue(tx, max);
  const held: WorkspaceId[] = [];
  const ids = begun.map(({ id }) => id);
  if (ids.length < max) {
    await lockFleetAsItIs(tx);
    for (const move of await listReady(tx)) {
      if (ids.length >= max) break;
      if (!(await hasRoomForMove(tx, move.from_server, move.id))) continue;
      if (!(await hasRoomForMove(tx, move.to_server, move.id))) continue;
      await beginMove(tx, move.id, move.workspace_id);
      held.push(move.workspace_id);
      ids.push(move.id);
    }
  }
  return { rows: await leaseMoves(tx, ids, workerId), held };
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

async function leaseMoves(tx: Tx, ids: readonly MoveId[], workerId: string): Promise<MoveRow[]> {
  if (ids.length === 0) return [];
  return tx
    .updateTable('workspace_move')
    .from('workspace')
    .whereRef('workspace.id', '=', 'workspace_move.workspace_id')
    .where('workspace_move.id', 'in', ids)
    .set({
      lease_token: sql<string>`gen_random_uuid()::text`,
      lease_owner: workerId,
      lease_expires_at: moveLeaseEnd,
    })
    .returningAll('workspace_move')
    .returning(['workspace.size', 'workspace.image', 'workspace.placed_image'])
    .returning(['workspace.region', 'workspace.region_match', 'workspace.required_labels'])
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
