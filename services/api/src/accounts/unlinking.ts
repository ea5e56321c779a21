import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api';
import { z } from 'zod';
import type { Transact } from '../database/transact.ts';
import { findProviderOfAccount, unlinkAccount } from './account-store.ts';
import type { GithubAccess } from './github-access.ts';
import type { SignInProvider } from './providers/provider.ts';

/**
 * In place of better-auth’s endpoint of the same name, which counts the accounts of providers that were taken away here too, and lets
 * two requests at once take the last two.
 */
export function createUnlinking(
  transact: Transact,
  providers: readonly Pick<SignInProvider, 'id'>[],
  githubAccess: GithubAccess | undefined,
) {
  const usable = new Set(['credential', ...providers.map(({ id }) => id)]);
  return {
    id: 'podex-unlinking',
    endpoints: {
      unlinkAccount: createAuthEndpoint(
        '/unlink-account',
        { method: 'POST', body: z.object({ accountId: z.string() }), use: [sessionMiddleware] },
        async (context) => {
          const { user } = context.context.session;
          const { accountId } = context.body;
          const { end, forgotten } = await transact(async (work) => {
            const provider = await findProviderOfAccount(work.tx, user.id, accountId);
            const end = await unlinkAccount(work.tx, user.id, accountId, (id) => usable.has(id));
            const isGithub = end === 'unlinked' && provider === 'github';
            const by = { actor: { userId: user.id, email: user.email } };
            return { end, forgotten: isGithub ? await githubAccess?.forget(work, user.id, by) : undefined };
          });
          if (end === 'no_such_account') throw new APIError('BAD_REQUEST', { code: 'ACCOUNT_NOT_FOUND' });
          if (end === 'last_account')
            throw new APIError('BAD_REQUEST', { code: 'FAILED_TO_UNLINK_LAST_ACCOUNT' });
          const revoked = forgotten === undefined || (await githubAccess?.revoke(forgotten)) === true;
          return context.json({ status: true, revoked });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}
