import type { ApiApp } from '../http/api-app.ts';
import type { AddressOf } from '../http/client-address.ts';
import type { Auth } from './auth.ts';
import { toPodexResponse } from './auth-errors.ts';
import { type AuthRequestOptions, parseAuthRequest } from './auth-request.ts';

export interface AuthRoutesOptions extends AuthRequestOptions {
  auth: Auth;
  addressOf: AddressOf;
}

/** `/api/auth/*` is better-auth’s own; here its requests are bounded, and its errors take our form. */
export function addAuthRoutes(app: ApiApp, options: AuthRoutesOptions): void {
  const { auth, addressOf, allowedOrigins } = options;
  app.on(['GET', 'POST'], '/api/auth/*', async (context) => {
    const address = addressOf(context.env.incoming);
    const request = await parseAuthRequest(context.req.raw, address, options);
    if (request === undefined) return context.notFound();
    return toPodexResponse(await auth.handler(request), context.get('requestId'), allowedOrigins);
  });
}
