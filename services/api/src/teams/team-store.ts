import { type TeamRole, teamRole, type UpdateTeamInput } from '@podex/contracts/access';
import type { TeamId, UserId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import type { RequiredLabels } from '@podex/contracts/placement';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { toJson } from '../database/storable.ts';

// Owns tables: team, team_member.

export interface TeamRow {
  id: TeamId;
  name: string;
  created_at: Date;
  /** Of the person who asks. */
  role: string | null;
  members: number;
  workspaces: number;
  labels: RequiredLabels;
}

export interface MemberRow {
  user_id: UserId;
  name: string;
  email: string;
  role: TeamRole;
  added_at: Date;
}

export async function insertTeam(
  tx: Tx,
  { id, name, createdBy }: { id: TeamId; name: string; createdBy: UserId },
): Promise<void> {
  await tx.insertInto('team').values({ id, name, created_by: createdBy }).execute();
}

function selectTeams(db: Db | Tx, viewerId: UserId) {
  return db
    .selectFrom('team')
    .leftJoin('team_member as own', (join) =>
      join.onRef('own.team_id', '=', 'team.id').on('own.user_id', '=', viewerId),
    )
    .select([
      'team.id',
      'team.name',
      'team.created_at',
      'team.labels',
      'own.role',
      sql<number>`(select count(*)::integer from team_member where team_member.team_id = team.id)`.as(
        'members',
      ),
      sql<number>`(select count(*)::integer from workspace
        where workspace.team_id = team.id and workspace.desired_status <> 'deleted')`.as('workspaces'),
    ]);
}

export async function findTeam(db: Db | Tx, viewerId: UserId, id: TeamId): Promise<TeamRow | undefined> {
  return selectTeams(db, viewerId).where('team.id', '=', id).executeTakeFirst();
}

/** `own`: those that the person is in; `all`: for admins. */
export async function listTeams(
  db: Db,
  viewerId: UserId,
  which: 'own' | 'all',
  page: PageQuery,
): Promise<TeamRow[]> {
  let query = selectTeams(db, viewerId);
  if (which === 'own') query = query.where('own.user_id', '=', viewerId);
  if (page.after !== undefined) query = query.where(sql<boolean>`team.id < ${page.after}`);
  return query
    .orderBy('team.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Holds it to the end of the transaction: changes of one team happen one after the other, new workspaces of it included. */
export async function lockTeam(tx: Tx, id: TeamId): Promise<boolean> {
  const row = await tx.selectFrom('team').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  return row !== undefined;
}

/** Keeps it from being deleted to the end of the transaction. */
export async function holdTeam(tx: Tx, id: TeamId): Promise<boolean> {
  const row = await tx.selectFrom('team').select('id').where('id', '=', id).forKeyShare().executeTakeFirst();
  return row !== undefined;
}

export async function updateTeam(tx: Tx, id: TeamId, { name, labels }: UpdateTeamInput): Promise<void> {
  if (name === undefined && labels === undefined) return;
  await tx
    .updateTable('team')
    .set({
      ...(name === undefined ? {} : { name }),
      ...(labels === undefined ? {} : { labels: toJson(labels) }),
    })
    .where('id', '=', id)
    .execute();
}

/** Of a team that the caller holds. */
export async function readTeamLabels(tx: Tx, id: TeamId): Promise<RequiredLabels> {
  const row = await tx.selectFrom('team').select('labels').where('id', '=', id).executeTakeFirst();
  return row?.labels ?? {};
}

export async function deleteTeam(tx: Tx, id: TeamId): Promise<void> {
  await tx.deleteFrom('team').where('id', '=', id).execute();
}

function selectMembers(db: Db | Tx, id: TeamId) {
  return db
    .selectFrom('team_member')
    .innerJoin('user', 'user.id', 'team_member.user_id')
    .select(['team_member.user_id', 'user.name', 'user.email', 'team_member.role', 'team_member.added_at'])
    .where('team_member.team_id', '=', id);
}

export async function listMembers(db: Db, id: TeamId, page: PageQuery): Promise<MemberRow[]> {
  let query = selectMembers(db, id);
  if (page.after !== undefined) query = query.where(sql<boolean>`team_member.user_id > ${page.after}`);
  return query
    .orderBy('team_member.user_id')
    .limit(page.limit + 1)
    .execute();
}

export async function findMember(db: Db | Tx, id: TeamId, userId: UserId): Promise<MemberRow | undefined> {
  return selectMembers(db, id).where('team_member.user_id', '=', userId).executeTakeFirst();
}

export async function listMemberIds(tx: Tx, id: TeamId): Promise<UserId[]> {
  const rows = await tx.selectFrom('team_member').select('user_id').where('team_id', '=', id).execute();
  return rows.map((row) => row.user_id);
}

export async function countOwners(tx: Tx, id: TeamId): Promise<number> {
  const row = await tx
    .selectFrom('team_member')
    .select(sql<number>`count(*)::integer`.as('owners'))
    .where('team_id', '=', id)
    .where('role', '=', teamRole.enum.owner)
    .executeTakeFirstOrThrow();
  return row.owners;
}

/** Teams that nobody but this person owns, held to the end of the transaction. */
export async function lockSolelyOwnedTeams(tx: Tx, userId: UserId) {
  return tx
    .selectFrom('team')
    .innerJoin('team_member', 'team_member.team_id', 'team.id')
    .select([
      'team.id',
      'team.name',
      sql<boolean>`exists (select 1 from team_member as member where member.team_id = team.id and member.user_id <> ${userId})`.as(
        'has_members',
      ),
      sql<boolean>`exists (select 1 from workspace
        where workspace.team_id = team.id and workspace.desired_status <> 'deleted')`.as('has_workspaces'),
    ])
    .where('team_member.user_id', '=', userId)
    .where('team_member.role', '=', 'owner')
    .where(sql<boolean>`not exists (select 1 from team_member as owner
      where owner.team_id = team.id and owner.role = 'owner' and owner.user_id <> ${userId})`)
    .orderBy('team.id')
    .forUpdate('team')
    .execute();
}

export async function setMember(tx: Tx, id: TeamId, userId: UserId, role: TeamRole): Promise<void> {
  await tx
    .insertInto('team_member')
    .values({ team_id: id, user_id: userId, role })
    .onConflict((conflict) => conflict.columns(['team_id', 'user_id']).doUpdateSet({ role }))
    .execute();
}

export async function deleteMember(tx: Tx, id: TeamId, userId: UserId): Promise<void> {
  await tx.deleteFrom('team_member').where('team_id', '=', id).where('user_id', '=', userId).execute();
}
