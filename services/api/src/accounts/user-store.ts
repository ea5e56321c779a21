import type { UserId } from '@podex/contracts/ids';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';

// Owns the column user.role, with standing-store.ts; most of table user is written by better-auth.

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

/** Where there is no active admin, a suspended one of this address is restored by it. */
export async function setAdmin(db: Db | Tx, id: UserId): Promise<void> {
  await db
    .updateTable('user')
    .set({ role: 'admin', suspended_at: null, suspended_by: null })
    .where('id', '=', id)
    .execute();
}
