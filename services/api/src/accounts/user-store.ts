import type { UserId } from '@podex/contracts/ids';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';

// Owns the column user.role, with standing-store.ts, and writes that an address is proven; most of tables user and verification is
// better-auth’s.

export async function hasAdmin(db: Db | Tx): Promise<boolean> {
  const row = await db
    .selectFrom('user')
    .select('id')
    .where('role', '=', 'admin')
    .where(isActiveUser())
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
    .where(isActiveUser())
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

/** Where there is no active admin, a suspended one of this address is restored by it. The operator vouches for the address. */
export async function setAdmin(db: Db | Tx, id: UserId): Promise<void> {
  await db
    .updateTable('user')
    .set({ role: 'admin', email_verified: true, suspended_at: null, suspended_by: null })
    .where('id', '=', id)
    .execute();
}
