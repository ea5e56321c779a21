import { passkey } from '@better-auth/passkey';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from 'better-auth/api';
import { z } from 'zod';
import type { Db } from '../database/connect.ts';
import { endOtherSessions } from './end-other-sessions.ts';
import { countPasskeys, hasCredential, ownsPasskey } from './passkey-store.ts';

/** Of one person. */
const PASSKEYS_MAX = 50;
/** Plain letters and digits, so that the cookie’s name needs no quoting. */
const CHALLENGE_COOKIE = 'passkey_challenge';
const SIGN_IN_OPTIONS = '/passkey/generate-authenticate-options';
const DELETE = '/passkey/delete-passkey';
const UPDATE = '/passkey/update-passkey';

const withId = z.object({ id: z.string() });

export interface PasskeyOptions {
  db: Db;
  /** Of the page, where the ceremony runs: passkeys belong to its host, and are good on no other origin. */
  pageOrigin: string;
}

/**
 * Sign-in with a passkey. The authenticator must have recognised its owner (PIN, finger, face), so a passkey is two factors in one and
 * no code is asked after it.
 */
export function createPasskeys({ db, pageOrigin }: PasskeyOptions) {
  return passkey({
    rpID: new URL(pageOrigin).hostname,
    rpName: 'Podex',
    origin: pageOrigin,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    advanced: { webAuthnChallengeCookie: CHALLENGE_COOKIE },
    registration: {
      async afterVerification({ user, verification }) {
        const info = verification.registrationInfo;
        if (info?.userVerified !== true) throw notVerified();
        if (await hasCredential(db, info.credential.id))
          throw new APIError('CONFLICT', { code: 'PASSKEY_EXISTS' });
        if ((await countPasskeys(db, user.id)) >= PASSKEYS_MAX) {
          throw new APIError('CONFLICT', {
            code: 'TOO_MANY_PASSKEYS',
            message: `You have ${PASSKEYS_MAX} passkeys already. Delete one that you don't use.`,
          });
        }
      },
    },
    authentication: {
      async afterVerification({ verification }) {
        if (!verification.authenticationInfo.userVerified) throw notVerified();
      },
    },
    schema: {
      passkey: {
        fields: {
          publicKey: 'public_key',
          userId: 'user_id',
          credentialID: 'credential_id',
          deviceType: 'device_type',
          backedUp: 'backed_up',
          createdAt: 'created_at',
        },
      },
    },
  });
}

/** What better-auth’s plugin has no option for. */
export function createPasskeyRules(db: Db) {
  return {
    id: 'podex-passkey-rules',
    hooks: {
      before: [
        {
          // Whether somebody else has one with this id, nobody learns.
          matcher: ({ path }) => path === DELETE || path === UPDATE,
          handler: createAuthMiddleware(async (context) => {
            const session = await getSessionFromCtx(context);
            const id = withId.safeParse(context.body).data?.id ?? '';
            if (session === null || (await ownsPasskey(db, session.user.id, id))) return;
            throw new APIError('NOT_FOUND', { code: 'NO_SUCH_PASSKEY' });
          }),
        },
      ],
      after: [
        {
          // It asks to verify the user only if that is no trouble; we refuse who was not.
          matcher: ({ path }) => path === SIGN_IN_OPTIONS,
          handler: createAuthMiddleware(async (context) => {
            const { returned } = context.context;
            if (isAPIError(returned) || typeof returned !== 'object' || returned === null) return;
            return context.json({ ...returned, userVerification: 'required' });
          }),
        },
        {
          // The person who has the lost authenticator may have signed in with it.
          matcher: ({ path }) => path === DELETE,
          handler: createAuthMiddleware(async (context) => {
            if (!isAPIError(context.context.returned)) await endOtherSessions(context);
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}

function notVerified(): APIError {
  return new APIError('UNAUTHORIZED', { code: 'USER_NOT_VERIFIED' });
}
