import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from 'better-auth/api';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import { z } from 'zod';
import type { Db } from '../database/connect.ts';
import type { HookContext } from './auth-hooks.ts';
import { endOtherSessions } from './end-other-sessions.ts';
import { findStepOfCode } from './totp.ts';
import { RECOVERY_CODE } from './two-factor.ts';
import { findChallenge, findSecondFactorUser, isOutdated } from './two-factor-challenge.ts';
import { findTwoFactor, replaceRecoveryCodes, useStep } from './two-factor-store.ts';

const VERIFY_TOTP = '/two-factor/verify-totp';
const VERIFY = [VERIFY_TOTP, '/two-factor/verify-backup-code'];
const DISABLE = '/two-factor/disable';
const REGENERATE = '/two-factor/generate-backup-codes';

const withCode = z.object({ code: z.string() });
const recoveryCodes = z.array(z.string());

/**
 * What better-auth’s plugin leaves open: a code is taken once; turning the second factor off needs one; a challenge ends with the
 * password it began with; and a change of the second factor ends all other sessions.
 */
export function createTwoFactorRules(
  db: Db,
  onWrongCode: (context: HookContext, userId: string) => Promise<void>,
) {
  const on = (paths: readonly string[], handle: (context: HookContext) => Promise<void>) => ({
    matcher: ({ path }: { path?: string }) => path !== undefined && paths.includes(path),
    handler: createAuthMiddleware(handle),
  });

  async function requirePresentChallenge(context: HookContext): Promise<void> {
    const challenge = await findChallenge(context);
    if (challenge === undefined || !(await isOutdated(db, challenge))) return;
    throw new APIError('UNAUTHORIZED', { code: 'INVALID_TWO_FACTOR_COOKIE' });
  }

  async function useUpCode(context: HookContext): Promise<void> {
    const userId = await findSecondFactorUser(context);
    const code = withCode.safeParse(context.body).data?.code ?? '';
    // Whom nobody knows, better-auth refuses.
    if (userId === undefined || (await takeTotp(db, context, userId, code))) return;
    await onWrongCode(context, userId);
    throw wrongCode();
  }

  async function requireCode(context: HookContext): Promise<void> {
    const session = await getSessionFromCtx(context);
    if (session === null) return;
    const code = withCode.safeParse(context.body).data?.code ?? '';
    const isRight = RECOVERY_CODE.test(code)
      ? await takeRecoveryCode(db, context, session.user.id, code)
      : await takeTotp(db, context, session.user.id, code);
    if (isRight) return;
    await onWrongCode(context, session.user.id);
    throw wrongCode();
  }

  return {
    id: 'podex-two-factor-rules',
    hooks: {
      before: [on(VERIFY, requirePresentChallenge), on([VERIFY_TOTP], useUpCode), on([DISABLE], requireCode)],
      after: [on([VERIFY_TOTP, DISABLE, REGENERATE], endOthersAfterChange)],
    },
  } satisfies BetterAuthPlugin;
}

/** A right code of the app, which is then used. */
async function takeTotp(db: Db, context: HookContext, userId: string, code: string): Promise<boolean> {
  const found = await findTwoFactor(db, userId);
  if (found === undefined) return false;
  const secret = await symmetricDecrypt({ key: context.context.secretConfig, data: found.secret });
  const step = findStepOfCode(secret, code, Date.now());
  return step !== undefined && (await useStep(db, userId, step));
}

/** A recovery code that was not used before, which is then used. */
async function takeRecoveryCode(
  db: Db,
  context: HookContext,
  userId: string,
  code: string,
): Promise<boolean> {
  const found = await findTwoFactor(db, userId);
  if (found === undefined || found.verified === false) return false;
  const key = context.context.secretConfig;
  const from = found.backup_codes;
  const codes = recoveryCodes.parse(JSON.parse(await symmetricDecrypt({ key, data: from })));
  if (!codes.includes(code)) return false;
  const left = JSON.stringify(codes.filter((other) => other !== code));
  return replaceRecoveryCodes(db, userId, { from, to: await symmetricEncrypt({ key, data: left }) });
}

/** A sign-in changes nothing, nor does a code that is only tried. */
async function endOthersAfterChange(context: HookContext): Promise<void> {
  const { returned, newSession, session } = context.context;
  if (isAPIError(returned)) return;
  if (context.path === VERIFY_TOTP && (session === null || newSession === null)) return;
  await endOtherSessions(context);
}

function wrongCode(): APIError {
  return new APIError('UNAUTHORIZED', { code: 'INVALID_CODE' });
}
