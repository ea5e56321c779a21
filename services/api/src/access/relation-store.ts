import { type TeamRole, teamRole, type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';
import type { TeamId, UserId, WorkspaceId } from '@podex/contracts/ids';
import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { prepare } from '../database/prepared.ts';
import { isActiveUser } from './active-user-store.ts';
import { canSeeWorkspace, relationToWorkspace, type Viewer } from './visible-workspace-store.ts';

// Reads tables: conversation, turn, approval, team_member, user. What a person is, and to the thing that a request names.

/** A workspace, or what belongs to one and is named without it. */
export type WorkspaceResource = 'workspace' | 'conversation' | 'turn' | 'approval';

export interface RelationToWorkspace {
  workspaceId: WorkspaceId;
  relation: WorkspaceRelation;
}

const WORKSPACE_OF: Readonly<Record<WorkspaceResource, (id: RawBuilder<string>) => RawBuilder<string>>> = {
  workspace: (id) => id,
  conversation: (id) =>
    sql`(select conversation.workspace_id from conversation where conversation.id = ${id} and conversation.deleted_at is null)`,
  turn: (id) =>
    sql`(select conversation.workspace_id from turn join conversation on conversation.id = turn.conversation_id
      where turn.id = ${id} and conversation.deleted_at is null)`,
  approval: (id) => sql`(select approval.workspace_id from approval where approval.id = ${id})`,
};

interface Asked extends Viewer {
  id: string;
}

function prepareRelation(resource: WorkspaceResource) {
  return prepare<Asked, { id: WorkspaceId; relation: string | null }>(`relation-${resource}`, (db, value) =>
    db
      .selectFrom('workspace')
      .select(['workspace.id', relationToWorkspace(value('userId')).as('relation')])
      .where(sql<boolean>`workspace.id = ${WORKSPACE_OF[resource](value('id'))}`)
      .where(canSeeWorkspace({ userId: value('userId'), workspaceIds: value('workspaceIds') })),
  );
}

const SELECT_RELATION = {
  workspace: prepareRelation('workspace'),
  conversation: prepareRelation('conversation'),
  turn: prepareRelation('turn'),
  approval: prepareRelation('approval'),
} satisfies Record<WorkspaceResource, unknown>;

/** Undefined when the viewer may not see it, or it isn’t there: nobody learns which. */
export async function findRelation(
  db: Db | Tx,
  { userId, workspaceIds }: Viewer,
  resource: WorkspaceResource,
  id: string,
): Promise<RelationToWorkspace | undefined> {
  const [row] = await SELECT_RELATION[resource](db, { userId, workspaceIds, id });
  return row && { workspaceId: row.id, relation: workspaceRelation.parse(row.relation) };
}

/** Undefined when the person is not in it, or it isn’t there. */
export async function findTeamRole(db: Db | Tx, userId: UserId, id: TeamId): Promise<TeamRole | undefined> {
  const row = await db
    .selectFrom('team_member')
    .select('role')
    .where('team_id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row && teamRole.parse(row.role);
}

/** Of the platform, and neither suspended nor deleted: held to be so to the end of the transaction. */
export async function holdActiveAdmin(tx: Tx, userId: UserId): Promise<boolean> {
  const row = await tx
    .selectFrom('user')
    .select('id')
    .where('id', '=', userId)
    .where('role', '=', 'admin')
    .where(isActiveUser())
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}
