import { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER } from '@podex/service-kit/http-app';
import { pause } from '@podex/service-kit/waiting';
import type { ApiApp } from '../http/api-app.ts';
import type { OnDenied } from '../http/door.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { Auth } from './auth.ts';
import { toPodexResponse } from './auth-errors.ts';
import { type AuthRequestOptions, parseAuthRequest } from './auth-request.ts';
import { toPageOfCallback } from './callback-response.ts';
import type { GithubAccess } from './github-access.ts';
import { createSignUpQueue } from './password-checks.ts';
import { type CallbackFlow, callbackFlow } from './providers/callback-flow.ts';

const SIGN_UP = '/api/auth/sign-up/email';
const REQUEST_RESET = '/api/auth/request-password-reset';
/** More than writing a mail down takes: how long the response takes does not tell whether there is an account. */
const RESET_TAKES_MS = 500;
const CALLBACK = '/api/auth/callback/';

export interface AuthRoutesOptions extends AuthRequestOptions {
  /** Where a failed sign-in with a provider leads. */
  signInPage: string;
  auth: Auth;
  addressOf: AddressOf;
  onDenied: OnDenied;
  githubAccess: Pick<GithubAccess, 'keep'>;
}

/** `/api/auth/*` is better-auth’s own; here its requests are bounded, and its errors take our form. */
export function addAuthRoutes(app: ApiApp, options: AuthRoutesOptions): void {
  const { auth, addressOf, allowedOrigins, onDenied } = options;
  const signUps = createSignUpQueue();
  const handle = async (request: Request, path: string): Promise<Response> => {
    if (path === SIGN_UP) return signUps.run(() => auth.handler(request));
    const earliest = path === REQUEST_RESET ? pause(RESET_TAKES_MS) : undefined;
    const [response] = await Promise.all([auth.handler(request), earliest]);
    return response;
  };
  app.on(['GET', 'POST'], '/api/auth/*', async (context) => {
    const { path, raw } = context.req;
    const requestId = context.get('requestId');
    const respond = async () => {
      const request = await parseAuthRequest(raw, addressOf(context.env.incoming), options);
      if (request === undefined) return context.notFound();
      request.headers.set(REQUEST_ID_HEADER, requestId);
      return toPodexResponse(await handle(request, path), requestId, allowedOrigins);
    };
    try {
      const isCallback = raw.method === 'GET' && path.startsWith(CALLBACK);
      return await (isCallback ? ofCallback(raw, options, respond) : respond());
    } catch (error) {
      if (PodexError.has(error, 'rate_limited')) {
        const source = context.get('source');
        await onDenied({ path, operation: path, actor: undefined, source, requestId, error });
      }
      throw error;
    }
  });
}

/** A browser is sent there, and shows whatever comes. */
async function ofCallback(
  { url }: Request,
  { signInPage, githubAccess }: AuthRoutesOptions,
  respond: () => Promise<Response>,
): Promise<Response> {
  const flow: CallbackFlow = { issuer: new URL(url).searchParams.get('iss') ?? undefined };
  const respondAndKeep = async () => {
    const given = await respond();
    const { repositoryToken: token, sessionUserId: userId, sessionEmail: email } = flow;
    if (token === undefined || userId === undefined || email === undefined || !hasSucceeded(given))
      return given;
    await githubAccess.keep(token, { userId, email });
    return given;
  };
  const response = await callbackFlow.run(flow, respondAndKeep).catch((error: unknown) => {
    if (error instanceof PodexError) return new Response(null, { status: error.status });
    throw error;
  });
  return toPageOfCallback(response, flow, signInPage);
}

function hasSucceeded({ status, headers }: Response): boolean {
  const location = URL.parse(headers.get('location') ?? '');
  return status < 400 && location !== null && !location.searchParams.has('error');
}
