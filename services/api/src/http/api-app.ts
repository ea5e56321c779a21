import { OpenAPIHono } from '@hono/zod-openapi';
import { PodexError } from '@podex/contracts/errors';
import { BODY_BYTES_MAX, FORWARDED_PATH } from '@podex/contracts/limits';
import { useHttpBasics } from '@podex/service-kit/http-app';
import type { Logger } from '@podex/service-kit/logger';
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../calls/call.ts';
import { translateDatabaseError } from '../database/database-errors.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { RequireHost } from '../network/hosts.ts';
import type { Door, Entrance } from './door.ts';
import type { OriginPolicy } from './origins.ts';
import { securityHeaders } from './security-headers.ts';

export type ApiApp = OpenAPIHono<ApiEnv>;

/** An app whose routes answer a wrong request with the error body. */
export function createRouter(): ApiApp {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw result.error;
    },
  });
}

export interface ApiAppOptions {
  logger: Logger;
  door: Door;
  origins: OriginPolicy;
  requireHost: RequireHost;
  addressOf: AddressOf;
  /** The page is served over https, so api is too. */
  isHttps: boolean;
  /** Runs once the door has let a request in, before its route. */
  track: MiddlewareHandler<ApiEnv>;
}

/** What every public request goes through before its route: request id, log, headers, host, origins, body, permission. */
export function createApiApp(options: ApiAppOptions): ApiApp {
  const { logger, door, origins, requireHost, isHttps, track, addressOf } = options;
  const app = createRouter();
  useHttpBasics(app, logger, translateDatabaseError);
  app.use('*', securityHeaders({ isHttps }));
  app.use('*', async (context, next) => {
    requireHost(context.env.incoming, context.req.path);
    await next();
  });
  app.use('/api/*', corsFor(origins));
  const limit = limitBody(BODY_BYTES_MAX);
  app.use('/api/*', (context, next) =>
    FORWARDED_PATH.test(context.req.path) ? next() : limit(context, next),
  );
  app.use('*', async (context, next) => {
    const userAgent = context.req.header('user-agent');
    context.set('source', { address: addressOf(context.env.incoming), userAgent });
    await next();
  });
  app.use('*', enter(door));
  app.use('/api/*', requireJson);
  app.use('/api/*', track);
  app.use('/api/*', enterAgainWhenLate(door));
  return app;
}

/**
 * A form or plain text can come from any page without asking; our own routes take JSON alone. Workspaces and better-auth judge for
 * themselves.
 *
 * @throws PodexError invalid_request.
 */
const requireJson = createMiddleware<ApiEnv>(async (context, next) => {
  const { path } = context.req;
  const hasBody = Number(context.req.header('content-length') ?? 0) > 0;
  const isOthers = FORWARDED_PATH.test(path) || path.startsWith('/api/auth/');
  if (hasBody && !isOthers && !/^application\/json\s*(;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw new PodexError(
      'invalid_request',
      'Send the body as JSON, with content-type: application/json.',
      {},
    );
  }
  await next();
});

/**
 * Bodies of api’s own routes are small and known in length beforehand; a body in chunks could be without end.
 *
 * @throws PodexError too_large, invalid_request.
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return async (context, next) => {
    const length = Number(context.req.header('content-length') ?? 0);
    if (length > maxBytes) {
      throw new PodexError('too_large', `The body may have ${maxBytes} bytes.`, { max_bytes: maxBytes });
    }
    if (context.req.header('transfer-encoding') !== undefined) {
      throw new PodexError('invalid_request', 'Send the body in one piece, with Content-Length.', {});
    }
    await next();
  };
}

function corsFor(origins: OriginPolicy) {
  return cors({
    origin: (origin) => (origins.isAllowed(origin) ? origin : null),
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'last-event-id',
      'range',
      'x-request-id',
    ],
    exposeHeaders: ['allow', 'content-range', 'etag', 'retry-after', 'x-request-id'],
    maxAge: 600,
  });
}

/** A request is judged before its body is waited for. */
function enter(door: Door) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const entrance = await door(doorRequest(context));
    admit(context, entrance);
    for (const cookie of entrance?.authenticated?.setCookies ?? []) {
      context.header('set-cookie', cookie, { append: true });
    }
    await next();
  });
}

/** And again when the body is late: who keeps its end back acts with no right that has gone meanwhile. */
function enterAgainWhenLate(door: Door) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    if (context.get('actor') !== undefined && (await comesLate(context))) {
      admit(context, await door(doorRequest(context)));
    }
    await next();
  });
}

/** Waits for the body of one of api’s own operations. Routes read it from the same cache; one that is broken off, they refuse. */
async function comesLate({ req, env }: Context<ApiEnv>): Promise<boolean> {
  if (env.incoming.complete || FORWARDED_PATH.test(req.path)) return false;
  await req.text().catch(() => undefined);
  return true;
}

function doorRequest(context: Context<ApiEnv>) {
  const { method, path, raw } = context.req;
  const { source, requestId } = context.var;
  return { method, path, headers: raw.headers, source, requestId };
}

function admit(context: Context<ApiEnv>, entrance: Entrance | undefined): void {
  if (entrance === undefined) return;
  context.set('operation', entrance.operation.id);
  context.set('requireStill', entrance.requireStill);
  if (entrance.authenticated === undefined) return;
  context.set('actor', entrance.authenticated.actor);
  context.set('view', entrance.view);
}
