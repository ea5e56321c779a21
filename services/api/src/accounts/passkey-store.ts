import type { Db } from '../database/connect.ts';

// Reads table passkey, which is written by better-auth.

/** Whether an authenticator’s credential has an owner already. */
export async function hasCredential(db: Db, credentialId: string): Promise<boolean> {
  const row = await db
    .selectFrom('passkey')
    .select('id')
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function ownsPasskey(db: Db, userId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('passkey')
    .select('id')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function countPasskeys(db: Db, userId: string): Promise<number> {
  const row = await db
    .selectFrom('passkey')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
