import { type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import { type RawBuilder, sql } from 'kysely';

// Reads tables: workspace, workspace_share, team_member. What a person is to a workspace is decided here and nowhere else.

/** Who looks: a person, by a credential that may be limited to some workspaces. */
export interface Viewer {
  userId: UserId;
  /** Undefined: all that the person may see. */
  workspaceIds: readonly WorkspaceId[] | undefined;
}

/** A person’s id as a value or as an expression of SQL. */
type Person = UserId | RawBuilder<string>;

/**
 * What a member’s role in a team makes of them for its workspaces. Who made one manages it for as long as they are a member that may
 * make some.
 */
const RELATION_OF_MEMBER = sql`case
  when team_member.role in ('owner', 'admin') then 'owner'
  when team_member.role = 'member' then case when workspace.owner_id = team_member.user_id then 'owner' else 'editor' end
  else 'viewer' end`;

/**
 * All that gives a person access, one row for each reason. A workspace of a team is not its maker’s any more. It reads the workspace
 * itself, so that the database begins with the person and not with all workspaces.
 */
function reasons(person: Person): RawBuilder<unknown> {
  return sql`(
    select workspace.id as workspace_id, 'owner' as relation from workspace
      where workspace.owner_id = ${person} and workspace.team_id is null
    union all
    select workspace_share.workspace_id, workspace_share.role from workspace_share
      where workspace_share.user_id = ${person}
    union all
    select workspace.id, ${RELATION_OF_MEMBER} from team_member
      join workspace on workspace.team_id = team_member.team_id
      where team_member.user_id = ${person})`;
}

/**
 * Who may see a workspace, and with it everything in it: conversations, turns, approvals, bytes. The one predicate that every store
 * takes; it goes into a `where` of a statement that has the table `workspace`. A deleted workspace is seen by nobody.
 */
export function canSeeWorkspace({ userId, workspaceIds }: Viewer): RawBuilder<boolean> {
  const limited = workspaceIds === undefined ? sql`` : sql`and workspace.id = any(${workspaceIds}::text[])`;
  return sql<boolean>`(workspace.desired_status <> 'deleted' ${limited}
    and workspace.id in (select reason.workspace_id from ${reasons(userId)} as reason))`;
}

/** Of one who may see it: the most that any reason gives. For a statement that has the table `workspace`. */
export function relationToWorkspace(person: Person): RawBuilder<WorkspaceRelation | null> {
  return sql<WorkspaceRelation | null>`(select reason.relation from ${reasons(person)} as reason
    where reason.workspace_id = workspace.id
    order by array_position(${sql.lit(`{${workspaceRelation.options.join(',')}}`)}::text[], reason.relation) desc
    limit 1)`;
}
