import type { Bus } from '@podex/bus/bus';
import type { Context } from 'hono';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import type { ApiEnv } from '../http/call.ts';
import { clientAddress } from '../http/client-address.ts';
import { RATE_LIMITS, requireBelow } from '../http/rate-limits.ts';
import type { Auth } from './auth.ts';
import { toPodexRefusal } from './auth-errors.ts';

export interface AuthRoutesOptions {
  auth: Auth;
  bus: Bus;
  /** The page is served over https, so api is too, whatever the proxy in front of it speaks to it. */
  isHttps: boolean;
}

/** `/api/auth/*` is better-auth’s own; here it is only limited, and its refusals take our form. */
export function addAuthRoutes(app: ApiApp, { auth, bus, isHttps }: AuthRoutesOptions): void {
  app.on(['GET', 'POST'], '/api/auth/*', async (context) => {
    if (context.req.method === 'POST') await limitSignIn(context, bus);
    const response = await auth.handler(forBetterAuth(context.req.raw, isHttps));
    return toPodexRefusal(response, context.get('requestId'));
  });
}

const withEmail = z.object({ email: z.string().max(320) });

async function limitSignIn(context: Context<ApiEnv>, bus: Bus): Promise<void> {
  const { path } = context.req;
  const address = clientAddress(
    context.env.incoming.socket.remoteAddress,
    context.req.header('x-forwarded-for'),
  );
  if (path.startsWith('/api/auth/sign-up/')) {
    await requireBelow(bus, RATE_LIMITS.signUpFromAddress, address);
  }
  if (!path.startsWith('/api/auth/sign-in/')) return;
  await requireBelow(bus, RATE_LIMITS.signInFromAddress, address);
  const body = withEmail.safeParse(
    await context.req.raw
      .clone()
      .json()
      .catch(() => undefined),
  );
  if (body.success) await requireBelow(bus, RATE_LIMITS.signInOfAccount, body.data.email.toLowerCase());
}

/** The request as better-auth must see it. */
function forBetterAuth(given: Request, isHttps: boolean): Request {
  const url = new URL(given.url);
  if (isHttps) url.protocol = 'https:';
  // A clone is a whole Request; the server’s own is only like one.
  const request = new Request(url, given.clone());
  // Browsers send Sec-Fetch-Site as well. Node’s fetch sends the mode alone and would be taken for a browser without an Origin.
  if (!request.headers.has('sec-fetch-site')) request.headers.delete('sec-fetch-mode');
  return request;
}
