import { addOAuthServerContext, getSessionFromCtx } from 'better-auth/api';
import type { AuthHook } from './auth-hooks.ts';
import { callbackFlow } from './providers/callback-flow.ts';

const BEGINNINGS = ['/sign-in/social', '/link-social'];

/** Ties a sign-in with a provider together: its state to the provider that it was made for, a link to the session that comes back. */
export function bindOAuthFlow(): AuthHook {
  return {
    async before(context) {
      // Without a request it is api itself that calls.
      if (!context.request) return;
      if (BEGINNINGS.includes(context.path))
        await addOAuthServerContext({
          provider: context.body?.provider,
          repositories: context.body?.scopes !== undefined,
        });
      const flow = callbackFlow.getStore();
      if (flow === undefined) return;
      const user = (await getSessionFromCtx(context))?.user;
      flow.sessionUserId = user?.id;
      flow.sessionEmail = user?.email;
    },
  };
}
