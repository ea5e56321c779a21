import { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER } from '@podex/service-kit/http-app';
import type { ApiApp } from '../http/api-app.ts';
import type { OnDenied } from '../http/door.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { Auth } from './auth.ts';
import { toPodexResponse } from './auth-errors.ts';
import { type AuthRequestOptions, parseAuthRequest } from './auth-request.ts';
import { createSignUpQueue } from './password-checks.ts';

const SIGN_UP = '/api/auth/sign-up/email';

export interface AuthRoutesOptions extends AuthRequestOptions {
  auth: Auth;
  addressOf: AddressOf;
  onDenied: OnDenied;
}

/** `/api/auth/*` is better-auth’s own; here its requests are bounded, and its errors take our form. */
export function addAuthRoutes(app: ApiApp, options: AuthRoutesOptions): void {
  const { auth, addressOf, allowedOrigins, onDenied } = options;
  const signUps = createSignUpQueue();
  const handle = (request: Request, path: string) =>
    path === SIGN_UP ? signUps.run(() => auth.handler(request)) : auth.handler(request);
  app.on(['GET', 'POST'], '/api/auth/*', async (context) => {
    const address = addressOf(context.env.incoming);
    const request = await parseAuthRequest(context.req.raw, address, options);
    if (request === undefined) return context.notFound();
    const requestId = context.get('requestId');
    request.headers.set(REQUEST_ID_HEADER, requestId);
    const { path } = context.req;
    try {
      return await toPodexResponse(await handle(request, path), requestId, allowedOrigins);
    } catch (error) {
      if (PodexError.has(error, 'rate_limited')) {
        const source = context.get('source');
        await onDenied({ path, operation: path, actor: undefined, source, requestId, error });
      }
      throw error;
    }
  });
}
