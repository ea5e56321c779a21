import type { ApiApp } from '../http/api-app.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { Auth } from './auth.ts';
import { toPodexResponse } from './auth-errors.ts';
import { type AuthRequestOptions, parseAuthRequest } from './auth-request.ts';
import { createSignUpQueue } from './password-checks.ts';

const SIGN_UP = '/api/auth/sign-up/email';

export interface AuthRoutesOptions extends AuthRequestOptions {
  auth: Auth;
  addressOf: AddressOf;
}

/** `/api/auth/*` is better-auth’s own; here its requests are bounded, and its errors take our form. */
export function addAuthRoutes(app: ApiApp, options: AuthRoutesOptions): void {
  const { auth, addressOf, allowedOrigins } = options;
  const signUps = createSignUpQueue();
  const handle = (request: Request, path: string) =>
    path === SIGN_UP ? signUps.run(() => auth.handler(request)) : auth.handler(request);
  app.on(['GET', 'POST'], '/api/auth/*', async (context) => {
    const address = addressOf(context.env.incoming);
    const request = await parseAuthRequest(context.req.raw, address, options);
    if (request === undefined) return context.notFound();
    const response = await handle(request, context.req.path);
    return toPodexResponse(response, context.get('requestId'), allowedOrigins);
  });
}
