import { pause } from '@podex/service-kit/waiting';
import type { ApiApp } from '../http/api-app.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { Auth } from './auth.ts';
import { toPodexResponse } from './auth-errors.ts';
import { type AuthRequestOptions, parseAuthRequest } from './auth-request.ts';
import { createSignUpQueue } from './password-checks.ts';

const SIGN_UP = '/api/auth/sign-up/email';
const REQUEST_RESET = '/api/auth/request-password-reset';
/** More than writing a mail down takes: how long the response takes does not tell whether there is an account. */
const RESET_TAKES_MS = 500;

export interface AuthRoutesOptions extends AuthRequestOptions {
  auth: Auth;
  addressOf: AddressOf;
}

/** `/api/auth/*` is better-auth’s own; here its requests are bounded, and its errors take our form. */
export function addAuthRoutes(app: ApiApp, options: AuthRoutesOptions): void {
  const { auth, addressOf, allowedOrigins } = options;
  const signUps = createSignUpQueue();
  const handle = async (request: Request, path: string): Promise<Response> => {
    if (path === SIGN_UP) return signUps.run(() => auth.handler(request));
    const earliest = path === REQUEST_RESET ? pause(RESET_TAKES_MS) : undefined;
    const [response] = await Promise.all([auth.handler(request), earliest]);
    return response;
  };
  app.on(['GET', 'POST'], '/api/auth/*', async (context) => {
    const address = addressOf(context.env.incoming);
    const request = await parseAuthRequest(context.req.raw, address, options);
    if (request === undefined) return context.notFound();
    const response = await handle(request, context.req.path);
    return toPodexResponse(response, context.get('requestId'), allowedOrigins);
  });
}
