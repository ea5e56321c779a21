import type { UserId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';

// Owns the column user.role, and writes that an address is proven; all else of tables user and verification is better-auth’s.

export async function hasAdmin(db: Db | Tx): Promise<boolean> {
  const row = await db
    .selectFrom('user')
    .select('id')
    .where('role', '=', 'admin')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The admin who has been one for longest. */
export async function findFirstAdmin(db: Db | Tx) {
  return db
    .selectFrom('user')
    .select(['id', 'email'])
    .where('role', '=', 'admin')
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** `email` in lower case. */
export async function hasAccount(db: Db | Tx, email: string): Promise<boolean> {
  const row = await db.selectFrom('user').select('id').where('email', '=', email).executeTakeFirst();
  return row !== undefined;
}

/** @returns whether it was not proven before. */
export async function proveAddress(db: Db | Tx, id: UserId): Promise<boolean> {
  const row = await db
    .updateTable('user')
    .set({ email_verified: true })
    .where('id', '=', id)
    .where('email_verified', '=', false)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Of a user whose password was reset: older links that wait in a mailbox are good for nothing any more. */
export async function deleteResetLinks(db: Db | Tx, id: UserId): Promise<void> {
  await db.deleteFrom('verification').where('value', '=', id).execute();
}

/** The operator, or another admin, vouches for the address of an admin. */
export async function setAdmin(db: Db | Tx, id: UserId): Promise<void> {
  await db.updateTable('user').set({ role: 'admin', email_verified: true }).where('id', '=', id).execute();
}

const FIRST_ADMIN_LOCK = 4_077_061;

/** Held to the end of the transaction: of several processes that start at once, one makes the first admin. */
export async function lockFirstAdmin(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(FIRST_ADMIN_LOCK)})`.execute(tx);
}
