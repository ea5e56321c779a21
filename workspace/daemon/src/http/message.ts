import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { PodexError } from '@podex/contracts/errors';

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Whether a request of this method carries a body that means something. */
export function takesBody(method: string | undefined): boolean {
  return METHODS_WITH_BODY.has(method ?? 'GET');
}

/**
 * A body that one hop reads and the next leaves would be read as another request.
 *
 * @throws PodexError invalid_request when a method without a body announces one, or the body is in a coding other than chunks.
 */
export function requireNoStrayBody({ method = 'GET', headers }: IncomingMessage): void {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw new PodexError(
      'invalid_request',
      'The only Transfer-Encoding that can be sent here is chunked.',
      {},
    );
  }
  const hasBody = coding !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody || takesBody(method)) return;
  throw new PodexError('invalid_request', `A ${method} request can't carry a body. Send it without one.`, {});
}

/**
 * The path and query of a request, read once by the platform’s own parser.
 *
 * @throws PodexError invalid_request for an absolute or protocol-relative target.
 */
export function parseRequestTarget(target = ''): URL {
  const isPath = target.startsWith('/') && !target.startsWith('//');
  if (isPath && URL.canParse(target, 'http://daemon')) return new URL(target, 'http://daemon');
  throw new PodexError(
    'invalid_request',
    'The request target must be a path that begins with one slash.',
    {},
  );
}

/** The headers of these names, where they were given. */
export function pickHeaders(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
