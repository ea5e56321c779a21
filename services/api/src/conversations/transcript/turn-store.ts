import type { ConversationId, TurnId, WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceStatus } from '@podex/contracts/workspaces';
import { type Selectable, sql } from 'kysely';
import { canSeeWorkspace, type Viewer } from '../../access/visible-workspace-store.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Turn } from '../../database/generated/rows.ts';
import { toText } from '../../database/storable.ts';

// Owns table: turn.

export type TurnRow = Selectable<Turn>;

/** A turn that has not ended. */
export const ACTIVE_STATUSES = ['queued', 'running', 'waiting'] as const;

/** Renewed with every batch of events; a worker that is silent for so long has lost the turn. */
export const TURN_LEASE_MS = 8_000;

const leaseEnd = sql<Date>`now() + make_interval(secs => ${TURN_LEASE_MS / 1000})`;
/** What a worker held and lost; the same worker is given it again only when it has asked after the loss, so that it is known to live. */
const isLostTo = (owner: string, askedMsAgo: number) => sql<boolean>`(turn.status = 'running' and (
  lease_expires_at is null or lease_expires_at <= now() - make_interval(secs => case
    when lease_owner = ${owner} then ${askedMsAgo / 1000}::float8 else 0 end)))`;

/** Its time has come, or its workspace has come up, or never will. */
const isAwake = sql<boolean>`(turn.status = 'waiting' and (wake_at <= now() or exists (
  select from conversation
  join workspace on workspace.id = conversation.workspace_id
  where conversation.id = turn.conversation_id
    and workspace.status <> turn.workspace_status_seen
    and workspace.status in ('running', 'failed', 'deleted'))))`;

const NOT_WAITING = {
  waiting_reason: null,
  wake_at: null,
  waiting_message: null,
  workspace_status_seen: null,
} as const;

export async function insertTurn(tx: Tx, id: TurnId, conversationId: ConversationId): Promise<void> {
  await tx.insertInto('turn').values({ id, conversation_id: conversationId }).execute();
}

export async function findTurn(db: Db | Tx, id: TurnId): Promise<TurnRow | undefined> {
  return db.selectFrom('turn').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Undefined when the turn is another’s or of something deleted. */
export async function findOwnTurn(db: Db | Tx, viewer: Viewer, id: TurnId): Promise<TurnRow | undefined> {
  return db
    .selectFrom('turn')
    .innerJoin('conversation', 'conversation.id', 'turn.conversation_id')
    .innerJoin('workspace', 'workspace.id', 'conversation.workspace_id')
    .selectAll('turn')
    .where('turn.id', '=', id)
    .where(canSeeWorkspace(viewer))
    .where('conversation.deleted_at', 'is', null)
    .executeTakeFirst();
}

/** The oldest turn of each conversation that has not ended. */
export async function findActiveTurns(
  db: Db | Tx,
  conversationIds: readonly ConversationId[],
): Promise<Map<ConversationId, TurnRow>> {
  if (conversationIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('turn')
    .selectAll()
    .distinctOn('conversation_id')
    .where('conversation_id', 'in', conversationIds)
    .where('status', 'in', ACTIVE_STATUSES)
    .orderBy('conversation_id')
    .orderBy('ordinal')
    .execute();
  return new Map(rows.map((row) => [row.conversation_id, row]));
}

/** Every turn of a conversation that has not ended, oldest first, each held to the end of the transaction. */
export async function lockActiveTurns(tx: Tx, conversationId: ConversationId): Promise<TurnRow[]> {
  return tx
    .selectFrom('turn')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('status', 'in', ACTIVE_STATUSES)
    .orderBy('ordinal')
    .forUpdate()
    .execute();
}

/** Conversations of a workspace with turns that have not ended. */
export async function listBusyConversations(tx: Tx, workspaceId: WorkspaceId): Promise<ConversationId[]> {
  const rows = await tx
    .selectFrom('turn')
    .innerJoin('conversation', 'conversation.id', 'turn.conversation_id')
    .select('conversation.id')
    .distinct()
    .where('conversation.workspace_id', '=', workspaceId)
    .where('turn.status', 'in', ACTIVE_STATUSES)
    .orderBy('conversation.id')
    .execute();
  return rows.map((row) => row.id);
}

export async function lockTurn(tx: Tx, id: TurnId): Promise<TurnRow | undefined> {
  return tx.selectFrom('turn').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Holds the turn to the end of the transaction. Undefined when the lease is another’s by now, or the turn has ended. */
export async function lockLeasedTurn(tx: Tx, id: TurnId, leaseToken: string): Promise<TurnRow | undefined> {
  return tx
    .selectFrom('turn')
    .selectAll()
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .where('status', '=', 'running')
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Leases the oldest turn that can run: queued, left by its worker, or awake again, and the first of its conversation that has not
 * ended. Concurrent callers get different turns.
 *
 * @param askedMsAgo since when the worker waits for one.
 */
export async function claimTurn(
  tx: Tx,
  owner: string,
  askedMsAgo: number,
): Promise<(TurnRow & { waited_for: TurnRow['waiting_reason'] }) | undefined> {
  const picked = await tx
    .selectFrom('turn')
    .select(['id', 'status', 'lease_token', 'waiting_reason'])
    .where('status', 'in', ACTIVE_STATUSES)
    .where((where) => where.or([where('status', '=', 'queued'), isLostTo(owner, askedMsAgo), isAwake]))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('turn as earlier')
            .select('earlier.id')
            .whereRef('earlier.conversation_id', '=', 'turn.conversation_id')
            .whereRef('earlier.ordinal', '<', 'turn.ordinal')
            .where('earlier.status', 'in', ACTIVE_STATUSES),
        ),
      ),
    )
    .orderBy('ordinal')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (picked === undefined) return undefined;
  const wasLost = picked.status === 'running' && picked.lease_token !== null;
  const claimed = await tx
    .updateTable('turn')
    .set({
      ...NOT_WAITING,
      status: 'running',
      lease_token: sql<string>`gen_random_uuid()::text`,
      lease_owner: owner,
      lease_expires_at: leaseEnd,
      attempt: sql<number>`attempt + 1`,
      ...(wasLost ? { lost_leases: sql<number>`lost_leases + 1` } : {}),
    })
    .where('id', '=', picked.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...claimed, waited_for: picked.waiting_reason };
}

/**
 * Milliseconds until another worker loses a turn, if it does not renew, or one wakes; undefined when time alone brings `owner` none.
 */
export async function msUntilNextClaim(db: Db, owner: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('turn')
    .select(
      sql<
        number | null
      >`(extract(epoch from min(coalesce(lease_expires_at, wake_at)) - now()) * 1000)::float8`.as('ms'),
    )
    .where('status', 'in', ['running', 'waiting'])
    .where(sql<boolean>`lease_owner is distinct from ${owner}`)
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms));
}

export async function renewLease(tx: Tx, id: TurnId): Promise<void> {
  await tx.updateTable('turn').set({ lease_expires_at: leaseEnd }).where('id', '=', id).execute();
}

/** Whatever the worker holds may be taken by another. @returns how many turns. */
export async function expireLeases(tx: Tx, owner: string): Promise<number> {
  const rows = await tx
    .updateTable('turn')
    .set({ lease_expires_at: sql<Date>`now()` })
    .where('status', '=', 'running')
    .where('lease_owner', '=', owner)
    .returning('id')
    .execute();
  return rows.length;
}

/** Cancelled, and lost by its worker for so long that there is most likely no other. */
const ABANDONED_AFTER_MS = 3000;
const isAbandonedCancel = sql<boolean>`(status = 'running' and cancel_requested
  and coalesce(lease_expires_at, '-infinity') <= now() - make_interval(secs => ${ABANDONED_AFTER_MS / 1000}::float8))`;

export async function listAbandonedCancels(db: Db, limit: number): Promise<TurnId[]> {
  const rows = await db.selectFrom('turn').select('id').where(isAbandonedCancel).limit(limit).execute();
  return rows.map((row) => row.id);
}

/** Held to the end of the transaction; undefined when a worker has it after all, or it has ended. */
export async function lockAbandonedCancel(tx: Tx, id: TurnId): Promise<TurnRow | undefined> {
  return tx
    .selectFrom('turn')
    .selectAll()
    .where('id', '=', id)
    .where(isAbandonedCancel)
    .forUpdate()
    .executeTakeFirst();
}

/** Milliseconds until a cancelled turn counts as abandoned, if its worker does not renew; undefined when none can be. */
export async function msUntilNextAbandonedCancel(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('turn')
    .select(sql<number | null>`(extract(epoch from min(lease_expires_at) - now()) * 1000)::float8`.as('ms'))
    .where('status', '=', 'running')
    .where('cancel_requested', '=', true)
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms) + ABANDONED_AFTER_MS);
}

/** A call or a step has ended: neither lost workers nor an absent workspace keep the turn from going on. */
export async function noteProgress(tx: Tx, id: TurnId): Promise<void> {
  await tx
    .updateTable('turn')
    .set({ lost_leases: 0, workspace_waited_since: null })
    .where('id', '=', id)
    .execute();
}

const NO_LEASE = { lease_token: null, lease_owner: null, lease_expires_at: null } as const;

/** Anybody may take it, at once. */
export async function releaseTurn(tx: Tx, id: TurnId): Promise<void> {
  await tx.updateTable('turn').set(NO_LEASE).where('id', '=', id).execute();
}

export type TurnWait =
  | { reason: 'approval' | 'input' }
  | { reason: 'retry' | 'budget'; wakeInMs: number; message: string }
  | { reason: 'workspace'; wakeInMs: number; message: string; workspaceStatus: WorkspaceStatus };

/** Nobody holds it any more; it is claimed again when it wakes. */
export async function setWaiting(tx: Tx, id: TurnId, wait: TurnWait): Promise<TurnRow> {
  return tx
    .updateTable('turn')
    .set({
      ...NO_LEASE,
      status: 'waiting',
      waiting_reason: wait.reason,
      ...(!('wakeInMs' in wait)
        ? {}
        : {
            wake_at: sql<Date>`now() + make_interval(secs => ${wait.wakeInMs / 1000})`,
            waiting_message: toText(wait.message),
          }),
      ...(wait.reason === 'workspace'
        ? {
            workspace_status_seen: wait.workspaceStatus,
            workspace_waited_since: sql<Date>`coalesce(workspace_waited_since, now())`,
          }
        : {}),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function setQueued(tx: Tx, id: TurnId): Promise<void> {
  await tx
    .updateTable('turn')
    .set({ ...NO_LEASE, ...NOT_WAITING, status: 'queued' })
    .where('id', '=', id)
    .execute();
}

export async function requestCancel(tx: Tx, id: TurnId): Promise<void> {
  await tx.updateTable('turn').set({ cancel_requested: true }).where('id', '=', id).execute();
}

/** Its worker has every message that there is. */
export async function noteMessagesGiven(tx: Tx, id: TurnId): Promise<void> {
  await tx
    .updateTable('turn')
    .set(({ selectFrom }) => ({
      messages_given: selectFrom('message')
        .select(sql<number>`count(*)::integer`.as('count'))
        .where('turn_id', '=', id),
    }))
    .where('id', '=', id)
    .execute();
}

export type TurnEnd =
  | { status: 'completed' }
  | { status: 'cancelled' }
  | { status: 'failed'; code: string; message: string };

export async function endTurn(tx: Tx, id: TurnId, end: TurnEnd): Promise<void> {
  await tx
    .updateTable('turn')
    .set({
      ...NO_LEASE,
      ...NOT_WAITING,
      status: end.status,
      ended_at: sql<Date>`now()`,
      ...(end.status === 'failed' ? { error_code: end.code, error_message: end.message } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/** Newest first, at most `limit`; with `before` only those that are older than that turn. */
export async function listTurnsBefore(
  db: Db | Tx,
  conversationId: ConversationId,
  page: { before: string | undefined; limit: number },
): Promise<TurnRow[]> {
  const { before, limit } = page;
  let query = db.selectFrom('turn').selectAll().where('conversation_id', '=', conversationId);
  if (before !== undefined) {
    query = query.where('ordinal', '<', ({ selectFrom }) =>
      selectFrom('turn as shown')
        .select('shown.ordinal')
        .where(sql<boolean>`shown.id = ${before}`)
        .where('shown.conversation_id', '=', conversationId),
    );
  }
  return query.orderBy('ordinal', 'desc').limit(limit).execute();
}

/** How many turns there are from the oldest that has not ended. */
export async function countUnendedTail(db: Db | Tx, conversationId: ConversationId): Promise<number> {
  const row = await db
    .selectFrom('turn')
    .select(sql<number>`count(*)::integer`.as('turns'))
    .where('conversation_id', '=', conversationId)
    .where('ordinal', '>=', ({ selectFrom }) =>
      selectFrom('turn as active')
        .select(({ fn }) => fn.min('active.ordinal').as('ordinal'))
        .where('active.conversation_id', '=', conversationId)
        .where('active.status', 'in', ACTIVE_STATUSES),
    )
    .executeTakeFirstOrThrow();
  return row.turns;
}

/** Oldest first; turns after `id` are not its past. */
export async function listTurnsUpTo(
  db: Db | Tx,
  conversationId: ConversationId,
  ordinal: number,
): Promise<TurnRow[]> {
  return db
    .selectFrom('turn')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('ordinal', '<=', ordinal)
    .orderBy('ordinal')
    .execute();
}
