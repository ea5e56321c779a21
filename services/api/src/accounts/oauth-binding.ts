import { APIError, addOAuthServerContext, getSessionFromCtx } from 'better-auth/api';
import type { AuthHook, HookContext } from './auth-hooks.ts';
import { callbackFlow } from './providers/callback-flow.ts';
import type { SignInProvider } from './providers/provider.ts';

const BEGINNINGS = ['/sign-in/social', '/link-social'];

/**
 * Ties a sign-in with a provider together: its state to the provider that it was made for, a link to the session that comes back, and
 * an account to a way to sign in to it.
 */
export function bindOAuthFlow(providers: readonly Pick<SignInProvider, 'id'>[]): AuthHook {
  return {
    async before(context) {
      // Without a request it is api itself that calls.
      if (!context.request) return;
      if (BEGINNINGS.includes(context.path))
        await addOAuthServerContext({ provider: context.body?.provider });
      const flow = callbackFlow.getStore();
      if (flow !== undefined) flow.sessionUserId = (await getSessionFromCtx(context))?.user.id;
      if (context.path === '/unlink-account') await requireOtherWayIn(context, providers);
    },
  };
}

/** better-auth counts accounts, also those of providers that were taken away here. */
async function requireOtherWayIn(
  context: HookContext,
  providers: readonly Pick<SignInProvider, 'id'>[],
): Promise<void> {
  const session = await getSessionFromCtx(context);
  // The endpoint itself refuses those.
  if (session === null) return;
  const usable = new Set(['credential', ...providers.map(({ id }) => id)]);
  const accounts = await context.context.internalAdapter.findAccounts(session.user.id);
  const leaving = accounts.find(({ id }) => id === context.body?.accountId);
  const others = accounts.filter(({ id, providerId }) => id !== leaving?.id && usable.has(providerId));
  if (leaving === undefined || others.length > 0) return;
  throw new APIError('BAD_REQUEST', { code: 'FAILED_TO_UNLINK_LAST_ACCOUNT' });
}
