import type { UserRole } from '@podex/contracts/accounts';
import type { UserId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';

// Owns the columns suspended_*, deleted_at and last_seen_at of table "user"; and ends what people sign in with.

const ADMINS_LOCK = 4_077_061;
const TOUCH_EVERY_MS = 60_000;

/** Held to the end of the transaction: who is an admin changes one after the other. */
export async function lockAdmins(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(ADMINS_LOCK)})`.execute(tx);
}

/** The user who acts, unless suspended or deleted. Moves `last_seen_at`. */
export async function findActiveUser(db: Db, id: UserId) {
  const row = await db
    .selectFrom('user')
    .select(['role', 'last_seen_at'])
    .where('id', '=', id)
    .where(isActiveUser())
    .executeTakeFirst();
  if (row) await touchUser(db, id, row.last_seen_at);
  return row;
}

export async function isActive(db: Db, id: UserId): Promise<boolean> {
  const row = await db
    .selectFrom('user')
    .select('id')
    .where('id', '=', id)
    .where(isActiveUser())
    .executeTakeFirst();
  return row !== undefined;
}

/** At most once a minute, and never waiting for a transaction that holds the row. */
export async function touchUser(db: Db, id: UserId, lastSeenAt: Date | null): Promise<void> {
  if (lastSeenAt !== null && Date.now() - lastSeenAt.getTime() < TOUCH_EVERY_MS) return;
  const free = db.selectFrom('user').select('id').where('id', '=', id).forNoKeyUpdate().skipLocked();
  await db.updateTable('user').set({ last_seen_at: sql<Date>`now()` }).where('id', 'in', free).execute();
}

export interface LockedUser {
  id: UserId;
  email: string;
  role: UserRole;
  suspended_at: Date | null;
  is_active: boolean;
}

/** Present users by their id, held to the end of the transaction; always in one order. */
export async function lockUsers(tx: Tx, ids: readonly UserId[]): Promise<Map<UserId, LockedUser>> {
  const rows = await tx
    .selectFrom('user')
    .select(['id', 'email', 'role', 'suspended_at', isActiveUser().as('is_active')])
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

export async function hasOtherActiveAdmin(tx: Tx, than: UserId): Promise<boolean> {
  const row = await tx
    .selectFrom('user')
    .select('id')
    .where('role', '=', 'admin')
    .where(isActiveUser())
    .where('id', '<>', than)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateUserRow(
  tx: Tx,
  id: UserId,
  changes: { name?: string | undefined; role?: UserRole | undefined },
): Promise<void> {
  await tx
    .updateTable('user')
    .set({
      ...(changes.name === undefined ? {} : { name: changes.name }),
      ...(changes.role === undefined ? {} : { role: changes.role }),
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute();
}

export async function setSuspended(tx: Tx, id: UserId, by: UserId): Promise<void> {
  await tx
    .updateTable('user')
    .set({ suspended_at: sql<Date>`now()`, suspended_by: by })
    .where('id', '=', id)
    .execute();
}

export async function setRestored(tx: Tx, id: UserId): Promise<void> {
  await tx.updateTable('user').set({ suspended_at: null, suspended_by: null }).where('id', '=', id).execute();
}

export async function deleteSessionsOfUser(tx: Tx, id: UserId): Promise<void> {
  await tx.deleteFrom('session').where('user_id', '=', id).execute();
}

/** A link for a new password is better-auth’s: a row that it finds by what the link holds. */
export async function deleteResetLinksOfUser(db: Db | Tx, id: UserId): Promise<void> {
  await db.deleteFrom('verification').where('value', '=', id).execute();
}

/** What a person who may not administer any more has handed out. */
export async function revokeInvitationsBy(tx: Tx, id: UserId): Promise<void> {
  await tx
    .updateTable('invitation')
    .set({ revoked_at: sql<Date>`now()` })
    .where('invited_by', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
}

/** When this session was signed in, if it is not longer ago than so many minutes. */
export async function isFreshSession(db: Db | Tx, sessionId: string, minutes: number): Promise<boolean> {
  const row = await db
    .selectFrom('session')
    .select('id')
    .where('id', '=', sessionId)
    .where('created_at', '>', sql<Date>`now() - make_interval(mins => ${minutes})`)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Takes the person out of a row that stays. Everything that the schema ties to a user with `on delete cascade` goes as if the row had:
 * sign-in methods, sessions, tokens, and what later tables hold of a person.
 */
export async function buryUser(tx: Tx, { id, email }: { id: UserId; email: string }): Promise<void> {
  for (const { table, column } of await listOwnedTables(tx)) {
    await sql`delete from ${sql.table(table)} where ${sql.ref(column)} = ${id}`.execute(tx);
  }
  await deleteResetLinksOfUser(tx, id);
  await tx.deleteFrom('invitation').where('email', '=', email).execute();
  await tx
    .updateTable('user')
    .set({
      email: `deleted-${id}@deleted.invalid`,
      email_verified: false,
      name: 'Deleted user',
      image: null,
      role: 'user',
      suspended_at: null,
      suspended_by: null,
      deleted_at: sql<Date>`now()`,
      last_seen_at: null,
    })
    .where('id', '=', id)
    .execute();
}

async function listOwnedTables(tx: Tx): Promise<{ table: string; column: string }[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    select c.relname as "table", a.attname as "column"
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
    where k.contype = 'f' and k.confrelid = '"user"'::regclass and k.confdeltype = 'c'
    order by c.relname, a.attname`.execute(tx);
  return rows;
}
