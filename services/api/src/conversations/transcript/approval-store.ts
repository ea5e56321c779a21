import type { Approval, ApprovalAnswer } from '@podex/contracts/conversations';
import type {
  ApprovalId,
  ConversationId,
  ToolCallId,
  TurnId,
  UserId,
  WorkspaceId,
} from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import { type Selectable, sql } from 'kysely';
import { canSeeWorkspace, type Viewer } from '../../access/visible-workspace-store.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Approval2 } from '../../database/generated/rows.ts';
import { toJson, toText } from '../../database/storable.ts';

// Owns table: approval.

export type ApprovalRow = Selectable<Approval2>;
type ApprovalStatus = ApprovalRow['status'];

export interface NewApproval {
  approval: Approval;
  toolCallId: ToolCallId;
  /** Of the turn it belongs to, whatever the worker wrote into it. */
  turnId: TurnId;
  conversationId: ConversationId;
  workspaceId: WorkspaceId;
}

export async function insertApproval(tx: Tx, { approval, ...of }: NewApproval): Promise<void> {
  await tx
    .insertInto('approval')
    .values({
      id: approval.id,
      conversation_id: of.conversationId,
      workspace_id: of.workspaceId,
      turn_id: of.turnId,
      tool_call_id: of.toolCallId,
      tool: toText(approval.tool),
      summary: toText(approval.summary),
      input: toJson(approval.input),
      preview: approval.preview === null ? null : toJson(approval.preview),
      choices: toJson(approval.choices),
      expires_at: approval.expires_at,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Undefined when it is another’s or of something deleted. */
export async function findOwnApproval(
  db: Db | Tx,
  viewer: Viewer,
  id: ApprovalId,
): Promise<ApprovalRow | undefined> {
  return selectOwn(db, viewer).where('approval.id', '=', id).executeTakeFirst();
}

export async function listOwnApprovals(
  db: Db,
  viewer: Viewer,
  page: PageQuery & { status?: ApprovalStatus | undefined },
): Promise<ApprovalRow[]> {
  let query = selectOwn(db, viewer);
  if (page.status !== undefined) query = query.where('approval.status', '=', page.status);
  if (page.after !== undefined) query = query.where(sql<boolean>`approval.id < ${page.after}`);
  return query
    .orderBy('approval.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

function selectOwn(db: Db | Tx, viewer: Viewer) {
  return db
    .selectFrom('approval')
    .innerJoin('workspace', 'workspace.id', 'approval.workspace_id')
    .innerJoin('conversation', 'conversation.id', 'approval.conversation_id')
    .selectAll('approval')
    .where(canSeeWorkspace(viewer))
    .where('conversation.deleted_at', 'is', null);
}

/** @returns false when it was resolved before. */
export async function resolveApproval(
  tx: Tx,
  id: ApprovalId,
  resolution: { status: 'approved' | 'denied'; resolvedBy: UserId; answer: ApprovalAnswer | null },
): Promise<boolean> {
  const row = await tx
    .updateTable('approval')
    .set({
      status: resolution.status,
      answer: resolution.answer === null ? null : toJson(resolution.answer),
      resolved_by: resolution.resolvedBy,
      resolved_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The pending ones of a turn: all of them when it ends, or only those whose time is over. @returns which. */
export async function expireApprovals(
  tx: Tx,
  turnId: TurnId,
  which: 'all' | 'overdue',
): Promise<ApprovalId[]> {
  let query = tx
    .updateTable('approval')
    .set({ status: 'expired', resolved_at: sql<Date>`now()` })
    .where('turn_id', '=', turnId)
    .where('status', '=', 'pending');
  if (which === 'overdue') query = query.where('expires_at', '<=', sql<Date>`now()`);
  const rows = await query.returning('id').execute();
  return rows.map((row) => row.id);
}

export async function countPendingApprovals(tx: Tx, turnId: TurnId): Promise<number> {
  const row = await tx
    .selectFrom('approval')
    .select(sql<number>`count(*)::integer`.as('pending'))
    .where('turn_id', '=', turnId)
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  return row.pending;
}

/** Turns with approvals whose time is over. */
export async function listTurnsWithOverdueApprovals(db: Db, limit: number): Promise<TurnId[]> {
  const rows = await db
    .selectFrom('approval')
    .select('turn_id')
    .distinct()
    .where('status', '=', 'pending')
    .where('expires_at', '<=', sql<Date>`now()`)
    .limit(limit)
    .execute();
  return rows.map((row) => row.turn_id);
}

/** The latest approval of each tool call of the turns. */
/** Without the texts of its preview. */
export interface ApprovalOfCall extends Pick<ApprovalRow, 'id' | 'status' | 'answer' | 'tool_call_id'> {
  is_diff: boolean;
  etag: string | null;
  target: string | null;
}

export async function listApprovalsOfTurns(
  db: Db | Tx,
  turnIds: readonly TurnId[],
): Promise<ApprovalOfCall[]> {
  if (turnIds.length === 0) return [];
  return db
    .selectFrom('approval')
    .select(['id', 'status', 'answer', 'tool_call_id'])
    .select([
      sql<boolean>`coalesce(preview->>'type' = 'diff', false)`.as('is_diff'),
      sql<string | null>`preview->>'etag'`.as('etag'),
      sql<string | null>`preview->>'target'`.as('target'),
    ])
    .where('turn_id', 'in', turnIds)
    .orderBy('id')
    .execute();
}
