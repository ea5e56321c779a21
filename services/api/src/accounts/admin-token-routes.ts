import type { InternalApp } from '../http/internal-app.ts';
import type { TokenService } from './tokens.ts';

/** For `podex admin token`, on the machine that has the internal token. */
export function addAdminTokenRoute(
  app: InternalApp,
  tokens: TokenService,
  { frontendOrigin }: { frontendOrigin: string },
): void {
  // A name under which the public routes answer: the machine itself reaches api by another one.
  const { host } = new URL(frontendOrigin);
  app.post('/internal/admin_token', async (context) => {
    return context.json({ ...(await tokens.createForFirstAdmin()), host }, 201);
  });
}
