import { PodexError } from '@podex/contracts/errors';
import { type UserId, userId, type WorkspaceId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { isActiveUser } from './active-user-store.ts';

// Reads tables: user, workspace, workspace_share, team_member.

/** Everyone who has the workspace, by id. */
export async function listPeople(db: Db | Tx, id: WorkspaceId): Promise<UserId[]> {
  const { rows } = await sql<{ user_id: string }>`
    select owner_id as user_id from workspace where id = ${id} and team_id is null
    union
    select user_id from workspace_share where workspace_id = ${id}
    union
    select team_member.user_id from team_member join workspace on workspace.team_id = team_member.team_id
      where workspace.id = ${id}
    order by user_id`.execute(db);
  return rows.map((row) => userId.parse(row.user_id));
}

export interface Person {
  id: UserId;
  name: string;
  email: string;
}

/** @param email in lower case. @throws PodexError user_not_found. */
export async function getPerson(db: Db | Tx, email: string): Promise<Person> {
  const row = await db
    .selectFrom('user')
    .select(['id', 'name', 'email'])
    .where('email', '=', email)
    .where(isActiveUser())
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new PodexError(
    'user_not_found',
    `Nobody here has the email ${email}. Ask an admin to invite them.`,
    {},
  );
}
