import type { HttpBindings } from '@hono/node-server';
import { type HttpEnv, useHttpBasics } from '@podex/service-kit/http-app';
import { admitSocket } from '@podex/service-kit/http-server';
import { internalAuth } from '@podex/service-kit/internal-auth';
import type { KeyList } from '@podex/service-kit/key-list';
import type { Logger } from '@podex/service-kit/logger';
import { Hono } from 'hono';
import { translateDatabaseError } from '../database/database-errors.ts';
import { limitBody } from './api-app.ts';
import { securityHeaders } from './security-headers.ts';

/** Routes for other services of Podex: `/internal/…`, bearer INTERNAL_SERVICE_TOKEN, no cookies and no CORS. */
export type InternalApp = Hono<InternalEnv>;

interface InternalEnv extends HttpEnv {
  Bindings: HttpBindings;
}

/** A batch of a turn’s events may be large: up to 500 of them. */
const INTERNAL_BODY_BYTES_MAX = 64 * 1024 * 1024;

export function createInternalApp(options: { logger: Logger; keys: KeyList }): InternalApp {
  const app = new Hono<InternalEnv>();
  useHttpBasics(app, options.logger, translateDatabaseError);
  app.use('*', securityHeaders({ isHttps: false }));
  app.use('/internal/*', internalAuth(options.keys));
  app.use('/internal/*', (context, next) => {
    admitSocket(context.env.incoming.socket);
    return next();
  });
  app.use('/internal/*', limitBody(INTERNAL_BODY_BYTES_MAX));
  return app;
}
