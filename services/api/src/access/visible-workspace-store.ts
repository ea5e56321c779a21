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

/** The same as expressions of SQL. */
interface ViewerValues {
  userId: RawBuilder<UserId>;
  workspaceIds: RawBuilder<Viewer['workspaceIds']>;
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
 *
 * @param narrowing the end of each statement, which knows the table `workspace`.
 */
function reasons(person: Person, narrowing: RawBuilder<unknown> = sql``): RawBuilder<unknown> {
  return sql`(
    (select workspace.id as workspace_id, 'owner' as relation from workspace
      where workspace.owner_id = ${person} and workspace.team_id is null ${narrowing})
    union all
    (select workspace.id, workspace_share.role from workspace_share
      join workspace on workspace.id = workspace_share.workspace_id
      where workspace_share.user_id = ${person} ${narrowing})
    union all
    (select workspace.id, ${RELATION_OF_MEMBER} from team_member
      join workspace on workspace.team_id = team_member.team_id
      where team_member.user_id = ${person} ${narrowing}))`;
}

/** What every statement asks of a workspace itself, besides a reason to see it. */
function isShown(workspaceIds: RawBuilder<Viewer['workspaceIds']>): RawBuilder<boolean> {
  const ids = sql`${workspaceIds}::text[]`;
  return sql<boolean>`(workspace.desired_status <> 'deleted' and (${ids} is null or workspace.id = any(${ids})))`;
}

/**
 * Who may see a workspace, and with it everything in it: conversations, turns, approvals, bytes. The one predicate that every store
 * takes; it goes into a `where` of a statement that has the table `workspace`. A deleted workspace is seen by nobody.
 */
export function canSeeWorkspace({ userId, workspaceIds }: Viewer | ViewerValues): RawBuilder<boolean> {
  return sql<boolean>`(${isShown(sql`${workspaceIds ?? null}`)}
    and workspace.id in (select reason.workspace_id from ${reasons(userId)} as reason))`;
}

/** Weakest first, as an array of SQL. */
const RELATIONS = sql`${sql.lit(`{${workspaceRelation.options.join(',')}}`)}::text[]`;

/** Of one who may see it: the most that any reason gives. For a statement that has the table `workspace`. */
export function relationToWorkspace(person: Person): RawBuilder<WorkspaceRelation | null> {
  return sql<WorkspaceRelation | null>`(select reason.relation from ${reasons(person)} as reason
    where reason.workspace_id = workspace.id
    order by array_position(${RELATIONS}, reason.relation) desc
    limit 1)`;
}

/** What a page of workspaces is asked with, as expressions of SQL. */
interface VisiblePage extends ViewerValues {
  /** All of the page have a lower id. */
  before: RawBuilder<string>;
  count: RawBuilder<number>;
}

/** A page of what one may see, newest first: a table with the most that any reason gives to each. */
export function visiblePage({
  userId,
  workspaceIds,
  before,
  count,
}: VisiblePage): RawBuilder<{ workspace_id: WorkspaceId; relation: WorkspaceRelation }> {
  // A reason names each workspace once, so its first `count` hold all that the page can take from it.
  const narrowing = sql`and ${isShown(workspaceIds)} and workspace.id < ${before}
    order by workspace.id desc limit ${count}`;
  return sql`(select distinct on (reason.workspace_id) reason.workspace_id, reason.relation
    from ${reasons(userId, narrowing)} as reason
    order by reason.workspace_id desc, array_position(${RELATIONS}, reason.relation) desc
    limit ${count})`;
}
