import { randomUUID } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { Context, Env, Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import type { Logger } from './logger.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** A request id that came from another service of Podex or a proxy, or a fresh one. */
export function requestIdOf(given: string | undefined | null): string {
  return given && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

export interface HttpEnv extends Env {
  Variables: { requestId: string };
}

/** Every problem becomes the error body of the contracts; what was not meant to be thrown becomes `internal`, without detail. */
export function toPodexError(error: unknown): PodexError {
  if (PodexError.isInstance(error)) return error;
  if (error instanceof z.ZodError) {
    const issues = error.issues.map((issue) =>
      [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
    );
    return new PodexError('invalid_request', `The request is not valid: ${issues.join('; ')}`, { issues });
  }
  if (error instanceof HTTPException && error.status < 500) {
    return new PodexError(
      'invalid_request',
      error.message || 'The request is not valid.',
      {},
      { cause: error },
    );
  }
  return new PodexError(
    'internal',
    'Something went wrong in Podex. The log has the detail under this request id.',
    {},
    { cause: error },
  );
}

/** Turns a vendor’s error that the caller caused into one of ours; undefined for any other. */
export type TranslateError = (error: unknown) => PodexError | undefined;

/** Adds request ids, one log line a request, and the error and not-found bodies. Call it before the routes. */
export function useHttpBasics<E extends HttpEnv>(
  app: Hono<E>,
  logger: Logger,
  translate: TranslateError = () => undefined,
): void {
  app.use('*', requestLog(logger));
  app.onError(errorHandler(logger, translate));
  app.notFound(notFound);
}

function requestLog(logger: Logger) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    const requestId = requestIdOf(context.req.header(REQUEST_ID_HEADER));
    context.set('requestId', requestId);
    context.header(REQUEST_ID_HEADER, requestId);
    const startedAt = performance.now();
    await next();
    logger.debug(
      {
        request_id: requestId,
        method: context.req.method,
        path: context.req.path,
        status: context.res.status,
        duration_ms: Math.round(performance.now() - startedAt),
      },
      'http.request',
    );
  });
}

function errorHandler(logger: Logger, translate: TranslateError) {
  return (thrown: Error, context: Context): Response => {
    const error = translate(thrown) ?? toPodexError(thrown);
    const requestId = requestIdOf(context.get('requestId'));
    if (error.status >= 500) {
      logger.error(
        { err: thrown, request_id: requestId, path: context.req.path, code: error.code },
        'http.failed',
      );
    }
    return errorResponse(error, requestId);
  };
}

function errorResponse(error: PodexError, requestId: string): Response {
  const headers = new Headers({ [REQUEST_ID_HEADER]: requestId, 'content-type': 'application/json' });
  const waitSeconds = 'retry_after_seconds' in error.context ? error.context.retry_after_seconds : undefined;
  if (typeof waitSeconds === 'number') headers.set('retry-after', String(waitSeconds));
  if (PodexError.has(error, 'method_not_allowed') && error.context.allow !== undefined)
    headers.set('allow', error.context.allow.join(', '));
  return new Response(JSON.stringify(error.toBody(requestId)), { status: error.status, headers });
}

function notFound(context: Context): Response {
  const error = new PodexError('not_found', `There is no ${context.req.method} ${context.req.path}.`, {});
  return errorResponse(error, requestIdOf(context.get('requestId')));
}
