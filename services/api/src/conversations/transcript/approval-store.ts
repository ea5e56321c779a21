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
import { withoutShared, withShared } from './repeated-texts.ts';
import { listInputs } from './step-store.ts';

// Owns table: approval.

type StoredApproval = Selectable<Approval2>;
type ApprovalStatus = StoredApproval['status'];

/** With the whole input of its call, and the whole preview. */
export type ApprovalRow = Omit<StoredApproval, 'preview_from_input'> & { input: Record<string, unknown> };

export interface NewApproval {
  approval: Approval;
  toolCallId: ToolCallId;
  /** Of the turn it belongs to, whatever the worker wrote into it. */
  turnId: TurnId;
  conversationId: ConversationId;
  workspaceId: WorkspaceId;
}

/** What its preview has in common with the input of its call, which is stored already, is not stored again. */
export async function insertApproval(tx: Tx, { approval, ...of }: NewApproval): Promise<void> {
  const { [of.toolCallId]: input = {} } = await listInputs(tx, [of.toolCallId]);
  const kept = approval.preview === null ? undefined : withoutShared(approval.preview, input);
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
      preview: kept === undefined ? null : toJson(kept.preview),
      preview_from_input: kept?.shared === undefined ? null : toJson(kept.shared),
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
  const [row] = await withInputs(db, await selectOwn(db, viewer).where('approval.id', '=', id).execute());
  return row;
}

export async function listOwnApprovals(
  db: Db,
  viewer: Viewer,
  page: PageQuery & { status?: ApprovalStatus | undefined },
): Promise<ApprovalRow[]> {
  let query = selectOwn(db, viewer);
  if (page.status !== undefined) query = query.where('approval.status', '=', page.status);
  if (page.after !== undefined) query = query.where(sql<boolean>`approval.id < ${page.after}`);
  const rows = await query
    .orderBy('approval.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return withInputs(db, rows);
}

async function withInputs(db: Db | Tx, rows: readonly StoredApproval[]): Promise<ApprovalRow[]> {
  const inputs = await listInputs(
    db,
    rows.map((row) => row.tool_call_id),
  );
  return rows.map(({ preview_from_input: shared, ...row }) => {
    const input = inputs[row.tool_call_id] ?? {};
    const preview = row.preview === null ? null : withShared(row.preview, shared, input);
    return { ...row, input, preview };
  });
}

/** As they were asked for, whatever was decided since. */
export async function listApprovals(db: Db | Tx, ids: readonly ApprovalId[]): Promise<ApprovalRow[]> {
  if (ids.length === 0) return [];
  return withInputs(db, await db.selectFrom('approval').selectAll().where('id', 'in', ids).execute());
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

/** Without the texts of its preview. */
export interface ApprovalOfCall extends Pick<ApprovalRow, 'id' | 'status' | 'answer' | 'tool_call_id'> {
  is_diff: boolean;
  etag: string | null;
  target: string | null;
}

/** The latest approval of each tool call of the turns. */
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

/** How many bytes the texts of previews take that are shown with the events of each turn. */
export async function measurePreviews(db: Db | Tx, turnIds: readonly TurnId[]): Promise<Map<TurnId, number>> {
  if (turnIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('approval')
    .leftJoin('tool_call', 'tool_call.id', 'approval.tool_call_id')
    .select('approval.turn_id')
    .select(
      sql<number>`sum(coalesce(pg_column_size(preview), 0)
        + case when preview_from_input is null then 0 else pg_column_size(tool_call.input) end)::float8`.as(
        'bytes',
      ),
    )
    .where('approval.turn_id', 'in', turnIds)
    .groupBy('approval.turn_id')
    .execute();
  return new Map(rows.map((row) => [row.turn_id, row.bytes]));
}
