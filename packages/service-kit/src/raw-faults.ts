import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER, requestIdOf } from './http-app.ts';

/** Statuses of what Node’s parser gives up on; anything else is 400. */
const STATUS_OF_CODE: Readonly<Record<string, { status: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'The address and headers of the request are too long. Send at most 16 KB of them.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'The request did not come in time. Send it again.',
  },
};
const UNREADABLE = { status: '400 Bad Request', message: 'The request is not readable HTTP.' };

/** What never becomes a request is answered with the error body as well. */
export function answerUnreadable(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const { status, message } = STATUS_OF_CODE[error.code ?? ''] ?? UNREADABLE;
    const { body, requestId } = errorText(message, undefined);
    socket.end(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `${REQUEST_ID_HEADER}: ${requestId}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
    );
  });
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const HOST = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/;

/**
 * Answers what cannot be made a `Request`: no or several `Host` headers, a `Host` that is none, a target that is no path, a method
 * that nobody takes.
 *
 * @returns whether it did.
 */
export function refuseMalformed(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const message = faultOf(incoming);
  if (message === undefined) return false;
  const { body, requestId } = errorText(message, incoming.headers[REQUEST_ID_HEADER]);
  outgoing.writeHead(400, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    [REQUEST_ID_HEADER]: requestId,
    'x-content-type-options': 'nosniff',
    // What follows on this connection is not worth reading.
    connection: 'close',
  });
  outgoing.end(body);
  return true;
}

function faultOf({
  method = '',
  url = '',
  headersDistinct: { host = [] },
}: IncomingMessage): string | undefined {
  if (host.length !== 1 || !HOST.test(host[0] ?? '')) return 'Send exactly one Host header with a host name.';
  if (!url.startsWith('/') || /[\\#]/.test(url))
    return 'Send the path of the request, beginning with a slash.';
  if (!METHODS.has(method)) return `The method ${method} is not known here.`;
  return undefined;
}

function errorText(
  message: string,
  givenId: string | string[] | undefined,
): { body: string; requestId: string } {
  const requestId = requestIdOf(typeof givenId === 'string' ? givenId : undefined);
  return {
    requestId,
    body: JSON.stringify(new PodexError('invalid_request', message, {}).toBody(requestId)),
  };
}
