import { userId } from '@podex/contracts/ids';
import type { BetterAuthPlugin } from 'better-auth';
import { createAuthMiddleware } from 'better-auth/api';
import { z } from 'zod';

/** What happens outside of better-auth when it ends what somebody signed in with. */
export interface CredentialEnds {
  /** A session has gone: whatever is open with it ends. */
  ended(): void;
  /** All bearer tokens of a user. */
  revokeTokens(id: string): Promise<void>;
}

const passwordChange = z.object({ revoke_tokens: z.boolean().optional() });
const changed = z.object({ user: z.object({ id: userId }) });

/**
 * Everyone else who knew the old password is out: a new one ends all sessions but the one that it is set in, which gets a new cookie. With
 * `revoke_tokens: true` in the body it ends the bearer tokens too.
 */
export function endCredentials({ ended, revokeTokens }: CredentialEnds) {
  return {
    id: 'podex-end-credentials',
    init: () => ({
      options: { databaseHooks: { session: { delete: { after: async () => ended() } } } },
    }),
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === '/change-password',
          handler: createAuthMiddleware(async ({ body }) => ({
            context: { body: { ...body, revokeOtherSessions: true } },
          })),
        },
      ],
      after: [
        {
          matcher: ({ path }) => path === '/change-password',
          handler: createAuthMiddleware(async ({ body, context }) => {
            const result = changed.safeParse(context.returned);
            const isAsked = passwordChange.safeParse(body).data?.revoke_tokens === true;
            if (result.success && isAsked) await revokeTokens(result.data.user.id);
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}
