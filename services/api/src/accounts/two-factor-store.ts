import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';

// Owns the columns two_factor.last_used_step and session.confirmed_at; all else of both tables is written by better-auth, but for the
// recovery code that is used up here.

/** What a person’s second factor is checked against, encrypted. Undefined where it is not set up. */
export async function findTwoFactor(db: Db, userId: string) {
  return db
    .selectFrom('two_factor')
    .select(['secret', 'backup_codes', 'verified'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
}

/** @returns false when a code of this step or a later one was used before: of two requests at once, one gets true. */
export async function useStep(db: Db, userId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('two_factor')
    .set({ last_used_step: step })
    .where('user_id', '=', userId)
    .where((on) => on.or([on('last_used_step', 'is', null), on('last_used_step', '<', step)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @returns false when the codes are not those that were read: somebody else has used one since. */
export async function replaceRecoveryCodes(
  db: Db,
  userId: string,
  codes: { from: string; to: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('two_factor')
    .set({ backup_codes: codes.to })
    .where('user_id', '=', userId)
    .where('backup_codes', '=', codes.from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** When the person’s password was last set. Undefined without one. */
export async function findPasswordChange(db: Db, userId: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('account')
    .select('updated_at')
    .where('user_id', '=', userId)
    .where('provider_id', '=', 'credential')
    .executeTakeFirst();
  return row?.updated_at;
}

/** Whether the session began, or its password was entered, within so many seconds. */
export async function isFreshSession(db: Db, sessionId: string, seconds: number): Promise<boolean> {
  const row = await db
    .selectFrom('session')
    .select('id')
    .where('id', '=', sessionId)
    .where(sql<boolean>`greatest(created_at, confirmed_at) > now() - make_interval(secs => ${seconds})`)
    .executeTakeFirst();
  return row !== undefined;
}

export async function confirmSession(db: Db, sessionId: string): Promise<void> {
  await db
    .updateTable('session')
    .set({ confirmed_at: sql<Date>`now()` })
    .where('id', '=', sessionId)
    .execute();
}
