import type { UserId } from '@podex/contracts/ids';
import type { SessionId } from '@podex/contracts/sessions';
import { type Selectable, sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Session, User } from '../database/generated/rows.ts';
import { prepare } from '../database/prepared.ts';

// Owns the column session.last_used_at, and ends sessions; all else of table session is written by better-auth. The token that a
// cookie carries only finds its row here.

const COLUMNS = [
  'id',
  'ip_address',
  'user_agent',
  'sign_in_method',
  'created_at',
  'updated_at',
  'last_used_at',
  'expires_at',
] as const;
export type SessionRow = Pick<Selectable<Session>, (typeof COLUMNS)[number]>;

const isLive = sql<boolean>`session.expires_at > now()`;

export async function listLiveSessions(db: Db, userId: UserId, limit: number): Promise<SessionRow[]> {
  return db
    .selectFrom('session')
    .select(COLUMNS)
    .where('user_id', '=', userId)
    .where(isLive)
    .orderBy(sql`coalesce(last_used_at, updated_at)`, 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The owner of a live session, for a JWT that was made with it. */
export async function findSessionOwner(db: Db, id: string) {
  return db
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .select([
      'session.expires_at',
      'user.id',
      'user.email',
      'user.name',
      'user.role',
      'user.created_at',
      'user.two_factor_enabled',
    ])
    .where('session.id', '=', id)
    .where(isLive)
    .where(isActiveUser())
    .executeTakeFirst();
}

const selectByToken = prepare<{ token: string }, SignedIn>('session-owner', (db, value) =>
  db
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .select([
      'session.id as session_id',
      'session.expires_at',
      'session.last_used_at',
      'user.id',
      'user.email',
      'user.name',
      'user.role',
      'user.created_at',
      'user.two_factor_enabled',
      'user.last_seen_at',
    ])
    .where('session.token', '=', value('token'))
    .where(isLive)
    .where(isActiveUser()),
);

type SignedIn = Pick<Selectable<Session>, 'expires_at' | 'last_used_at'> & { session_id: string } & Pick<
    Selectable<User>,
    'id' | 'email' | 'name' | 'role' | 'created_at' | 'two_factor_enabled' | 'last_seen_at'
  >;

/** Who is signed in with a live session, unless suspended; by the token of its cookie. */
export async function findSignedIn(db: Db, token: string): Promise<SignedIn | undefined> {
  const [row] = await selectByToken(db, { token });
  return row;
}

/** @returns whether there was one. */
export async function deleteSessionOf(tx: Tx, userId: UserId, id: SessionId): Promise<boolean> {
  const result = await tx
    .deleteFrom('session')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function deleteSessionsOf(
  tx: Tx,
  userId: UserId,
  kept: { exceptId: string | undefined },
): Promise<void> {
  let query = tx.deleteFrom('session').where('user_id', '=', userId);
  if (kept.exceptId !== undefined) query = query.where('id', '!=', kept.exceptId);
  await query.execute();
}

const TOUCH_EVERY_MS = 60_000;

/** At most once a minute, so that reading stays reading. */
export async function touchSession(db: Db, id: string, lastUsedAt: Date | null): Promise<void> {
  if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < TOUCH_EVERY_MS) return;
  await db.updateTable('session').set({ last_used_at: sql<Date>`now()` }).where('id', '=', id).execute();
}
