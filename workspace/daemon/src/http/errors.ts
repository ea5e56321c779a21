import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { ZodError } from 'zod';
import { endResponse } from './end-response.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** The request id that came from another service of Podex, or a fresh one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

/** Every problem becomes one of the error table; what was not meant to be thrown becomes `internal`, without detail. */
export function toPodexError(error: unknown): PodexError {
  if (PodexError.isInstance(error)) return error;
  if (error instanceof ZodError) {
    const issues = error.issues.map((issue) =>
      [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
    );
    return new PodexError('invalid_request', `The request is not valid: ${issues.join('; ')}`, { issues });
  }
  return new PodexError(
    'internal',
    'Something went wrong in the workspace’s daemon. Its log has the detail under this request id.',
    {},
    { cause: error },
  );
}

/** Answers with the error body. Once a response has begun, all that can be done is to break it off. */
export function sendError(response: ServerResponse, error: PodexError, requestId: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(error.toBody(requestId));
  const headers = PodexError.has(error, 'range_not_satisfiable')
    ? { 'content-range': `bytes */${error.context.size}` }
    : {};
  response.writeHead(error.status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    [REQUEST_ID_HEADER]: requestId,
  });
  response.write(body);
  void endResponse(response);
}

/** Answers an upgrade that is refused as any other request would be, and closes the connection. */
export function refuseUpgrade(socket: Duplex, error: PodexError, requestId: string): void {
  if (socket.destroyed) return;
  const body = JSON.stringify(error.toBody(requestId));
  socket.end(
    `HTTP/1.1 ${error.status} ${error.code}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${REQUEST_ID_HEADER}: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
  );
}
