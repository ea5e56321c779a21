import { getSessionFromCtx } from 'better-auth/api';
import type { Db } from '../database/connect.ts';
import type { HookContext } from './auth-hooks.ts';
import { findPasswordChange } from './two-factor-store.ts';

/** better-auth’s name for the cookie of a sign-in that still waits for its second factor. */
const CHALLENGE_COOKIE = 'two_factor';

/** Who has entered the password in this browser, and must now give a second factor. */
interface Challenge {
  userId: string;
  startedAt: Date;
}

/** Undefined without a challenge, with one that is over, or with a cookie that is not ours. */
export async function findChallenge(context: HookContext): Promise<Challenge | undefined> {
  const { createAuthCookie, secret, internalAdapter } = context.context;
  const identifier = await context.getSignedCookie(createAuthCookie(CHALLENGE_COOKIE).name, secret);
  if (!identifier) return undefined;
  const found = await internalAdapter.findVerificationValue(identifier);
  if (!found || found.expiresAt <= new Date()) return undefined;
  return { userId: found.value, startedAt: found.createdAt };
}

/** Whose second factor the request gives: the session’s, else the challenge’s. better-auth looks in the same order. */
export async function findSecondFactorUser(context: HookContext): Promise<string | undefined> {
  const session = await getSessionFromCtx(context);
  return session?.user.id ?? (await findChallenge(context))?.userId;
}

/** Whether a new password was set since: who began with the old one does not go on. */
export async function isOutdated(db: Db, { userId, startedAt }: Challenge): Promise<boolean> {
  const changedAt = await findPasswordChange(db, userId);
  return changedAt !== undefined && changedAt > startedAt;
}
