import type { InternalApp } from '../http/internal-app.ts';
import type { TokenService } from './tokens.ts';

/** For `podex admin token`, on the machine that has the internal token. */
export function addAdminTokenRoute(app: InternalApp, tokens: TokenService): void {
  app.post('/internal/admin_token', async (context) => {
    return context.json(await tokens.createForFirstAdmin(), 201);
  });
}
