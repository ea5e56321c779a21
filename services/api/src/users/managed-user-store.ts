import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import type { ListUsersQuery, UserStatus } from '@podex/contracts/users';
import { type Expression, type SqlBool, sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';

// Owns no table: reads users as admins see them.

const IN_STATUS: Readonly<Record<UserStatus, Expression<SqlBool>>> = {
  active: isActiveUser(),
  suspended: sql<boolean>`("user".suspended_at is not null)`,
  deleted: sql<boolean>`("user".deleted_at is not null)`,
};

function selectUsers(db: Db | Tx) {
  return db
    .selectFrom('user')
    .leftJoin('user as suspender', 'suspender.id', 'user.suspended_by')
    .select([
      'user.id',
      'user.email',
      'user.name',
      'user.role',
      'user.created_at',
      'user.suspended_at',
      'user.deleted_at',
      'user.last_seen_at',
      'suspender.email as suspended_by_email',
      sql<number>`(select count(*)::integer from workspace where owner_id = "user".id and team_id is null and desired_status <> 'deleted')`.as(
        'workspaces',
      ),
      sql<number>`(select count(*)::integer from workspace where owner_id = "user".id and team_id is null and desired_status = 'running')`.as(
        'running_workspaces',
      ),
    ]);
}

export type ManagedUserRow = Awaited<ReturnType<typeof listUserRows>>[number];

export async function listUserRows(db: Db, { q, role, status, after, limit }: ListUsersQuery) {
  let query = selectUsers(db).where(
    status === undefined ? sql<boolean>`"user".deleted_at is null` : IN_STATUS[status],
  );
  if (q !== undefined && q !== '') {
    const pattern = `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    query = query.where((where) =>
      where.or([where('user.email', 'ilike', pattern), where('user.name', 'ilike', pattern)]),
    );
  }
  if (role !== undefined) query = query.where('user.role', '=', role);
  if (after !== undefined) query = query.where(sql<boolean>`"user".id < ${after}`);
  return query
    .orderBy('user.id', 'desc')
    .limit(limit + 1)
    .execute();
}

/** Deleted ones as well. */
export async function findUserRow(db: Db | Tx, id: UserId): Promise<ManagedUserRow | undefined> {
  return selectUsers(db).where('user.id', '=', id).executeTakeFirst();
}

/** What a user has that ends with them. */
export async function countHoldings(db: Db | Tx, id: UserId) {
  const { rows } = await sql<{ active_turns: number; sessions: number; tokens: number }>`
    select
      (select count(*)::integer from turn
        join conversation on conversation.id = turn.conversation_id
        join workspace on workspace.id = conversation.workspace_id
        where workspace.owner_id = ${id} and workspace.team_id is null and workspace.desired_status <> 'deleted' and turn.ended_at is null) as active_turns,
      (select count(*)::integer from session where user_id = ${id} and expires_at > now()) as sessions,
      (select count(*)::integer from token
        where user_id = ${id} and (expires_at is null or expires_at > now())) as tokens`.execute(db);
  const [row = { active_turns: 0, sessions: 0, tokens: 0 }] = rows;
  return row;
}

/** Held to the end of the transaction, always in one order. */
export async function lockOwnedWorkspaces(tx: Tx, ownerId: UserId) {
  return tx
    .selectFrom('workspace')
    .select(['id', 'name', 'team_id', 'desired_status'])
    .where('owner_id', '=', ownerId)
    .where('team_id', 'is', null)
    .where('desired_status', '<>', 'deleted')
    .orderBy('id')
    .forUpdate()
    .execute();
}

export async function setWorkspaceOwner(tx: Tx, id: WorkspaceId, ownerId: UserId): Promise<void> {
  await tx.updateTable('workspace').set({ owner_id: ownerId }).where('id', '=', id).execute();
}
