import type { AgentMode } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { ConversationId, TeamId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { ReasoningEffort } from '@podex/contracts/models';
import type { PageQuery } from '@podex/contracts/pagination';
import type { WorkspaceStatus } from '@podex/contracts/workspaces';
import { type Selectable, sql } from 'kysely';
import { canSeeWorkspace, type Viewer } from '../../access/visible-workspace-store.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Conversation } from '../../database/generated/rows.ts';

// Owns table: conversation.

/** A conversation with the seq of its newest event. */
export type ConversationRow = Selectable<Conversation> & { last_seq: number };

function selectConversations(db: Db | Tx) {
  return db
    .selectFrom('conversation')
    .innerJoin('workspace', 'workspace.id', 'conversation.workspace_id')
    .leftJoin('topic', (join) => join.on(sql<boolean>`topic.name = 'conversation:' || conversation.id`))
    .selectAll('conversation')
    .select(sql<number>`coalesce(topic.last_seq, 0)`.as('last_seq'))
    .where('conversation.deleted_at', 'is', null)
    .where('workspace.desired_status', '<>', 'deleted');
}

export interface NewConversation {
  id: ConversationId;
  workspaceId: WorkspaceId;
  title: string | undefined;
  mode: AgentMode;
  model: string | null;
  reasoningEffort: ReasoningEffort | null;
}

export async function insertConversation(tx: Tx, conversation: NewConversation): Promise<void> {
  await tx
    .insertInto('conversation')
    .values({
      id: conversation.id,
      workspace_id: conversation.workspaceId,
      title: conversation.title ?? '',
      mode: conversation.mode,
      model: conversation.model,
      reasoning_effort: conversation.reasoningEffort,
    })
    .execute();
}

/** @throws PodexError conversation_not_found when it is another’s, deleted, or was never there: nobody learns which. */
export async function getOwnConversation(
  db: Db | Tx,
  viewer: Viewer,
  id: ConversationId,
): Promise<ConversationRow> {
  const row = await selectConversations(db)
    .where('conversation.id', '=', id)
    .where(canSeeWorkspace(viewer))
    .executeTakeFirst();
  if (row === undefined) {
    throw new PodexError('conversation_not_found', 'There is no such conversation.', {});
  }
  return row;
}

/** For its worker: deleted ones too, whose running turn still has to end. */
/** With what is known of its workspace. */
export type ConversationInWorkspace = ConversationRow & {
  workspace_name: string;
  workspace_status: WorkspaceStatus;
  owner_id: UserId;
  team_id: TeamId | null;
};

export async function getConversationOfTurn(
  db: Db | Tx,
  id: ConversationId,
): Promise<ConversationInWorkspace> {
  return db
    .selectFrom('conversation')
    .innerJoin('workspace', 'workspace.id', 'conversation.workspace_id')
    .selectAll('conversation')
    .select([
      'workspace.name as workspace_name',
      'workspace.status as workspace_status',
      'workspace.owner_id',
      'workspace.team_id',
      sql<number>`0`.as('last_seq'),
    ])
    .where('conversation.id', '=', id)
    .executeTakeFirstOrThrow();
}

export async function listConversations(
  db: Db,
  workspaceId: WorkspaceId,
  page: PageQuery,
): Promise<ConversationRow[]> {
  let query = selectConversations(db).where('conversation.workspace_id', '=', workspaceId);
  if (page.after !== undefined) query = query.where(sql<boolean>`conversation.id < ${page.after}`);
  return query
    .orderBy('conversation.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Holds the row to the end of the transaction: messages of one conversation are taken one after the other. */
export async function lockConversation(tx: Tx, id: ConversationId): Promise<void> {
  await tx.selectFrom('conversation').select('id').where('id', '=', id).forUpdate().execute();
}

export interface ConversationChanges {
  title?: string | undefined;
  mode?: AgentMode | undefined;
  model?: string | null | undefined;
  reasoning_effort?: ReasoningEffort | null | undefined;
}

export async function updateConversation(
  db: Db | Tx,
  id: ConversationId,
  { title, mode, model, reasoning_effort: effort }: ConversationChanges,
): Promise<void> {
  await db
    .updateTable('conversation')
    .set({
      updated_at: sql<Date>`now()`,
      ...(title === undefined ? {} : { title }),
      ...(mode === undefined ? {} : { mode }),
      ...(model === undefined ? {} : { model }),
      ...(effort === undefined ? {} : { reasoning_effort: effort }),
    })
    .where('id', '=', id)
    .execute();
}

/** Gone for its owner; the rows go once no worker holds a turn of it (`listPurgeable`). */
export async function hideConversation(tx: Tx, id: ConversationId): Promise<void> {
  await tx.updateTable('conversation').set({ deleted_at: sql<Date>`now()` }).where('id', '=', id).execute();
}

/** Deleted ones, and those of workspaces that are gone, that no worker holds any more. */
export async function listPurgeable(tx: Tx, limit: number): Promise<ConversationId[]> {
  const rows = await tx
    .selectFrom('conversation')
    .innerJoin('workspace', 'workspace.id', 'conversation.workspace_id')
    .select('conversation.id')
    .where((where) =>
      where.or([where('conversation.deleted_at', 'is not', null), where('workspace.status', '=', 'deleted')]),
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('turn')
            .select('turn.id')
            .whereRef('turn.conversation_id', '=', 'conversation.id')
            .where('turn.ended_at', 'is', null),
        ),
      ),
    )
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

export async function deleteConversation(tx: Tx, id: ConversationId): Promise<void> {
  await tx.deleteFrom('conversation').where('id', '=', id).execute();
}
