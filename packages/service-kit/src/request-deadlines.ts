import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { HEAD_BYTES_MAX } from '@podex/contracts/limits';
import { REQUEST_ID_HEADER } from './http-app.ts';
import { type RawResponseOptions, rawErrorResponse } from './raw-response.ts';

/** Node looks for late headers this often. */
export const HEADERS_LOOK_EVERY_MS = 1_000;
/** HTTP’s own status for a client that is too slow; the code’s status in the table is for a service that is. */
const REQUEST_TIMEOUT_STATUS = 408;
const HEADERS_TOO_LARGE_STATUS = 431;

/** Answers headers that do not come in time, and requests that are none. */
export function answerBrokenRequests(server: Server, headersTimeoutMs: number): void {
  server.on('clientError', (thrown: NodeJS.ErrnoException, socket: Duplex) => {
    // A response that has begun cannot be followed by another one.
    if (thrown.code === 'ECONNRESET' || !socket.writable || hasResponse(socket)) {
      socket.destroy();
      return;
    }
    if (thrown.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      endWith(socket, lateError('headers', headersTimeoutMs), { status: REQUEST_TIMEOUT_STATUS });
    } else if (thrown.code === 'HPE_HEADER_OVERFLOW') {
      const message = `The address and headers of the request are too long. Send at most ${HEAD_BYTES_MAX} bytes of them.`;
      endWith(socket, new PodexError('invalid_request', message, {}), {
        status: HEADERS_TOO_LARGE_STATUS,
        isHead: beginsWithHead(thrown),
      });
    } else {
      endWith(socket, new PodexError('invalid_request', 'This is not a valid HTTP/1.1 request.', {}));
    }
  });
}

/**
 * Ends a request whose body has not arrived `deadlineMs` after its headers. What is still to come of a body after the response is
 * given is dropped by the framework, which closes the connection half a second later.
 */
export function boundBody(incoming: IncomingMessage, outgoing: ServerResponse, deadlineMs: number): void {
  if (!hasBody(incoming)) return;
  const { socket } = incoming;
  const timer = setTimeout(() => {
    if (!incoming.complete) cutLateBody(incoming, outgoing, deadlineMs);
  }, deadlineMs);
  const stop = () => {
    clearTimeout(timer);
    socket.off('close', stop);
  };
  // A body that nobody reads never ends, but is complete.
  outgoing.once('finish', () => (incoming.complete ? stop() : undefined));
  incoming.once('end', stop);
  socket.once('close', stop);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function cutLateBody(incoming: IncomingMessage, outgoing: ServerResponse, deadlineMs: number): void {
  // Without a socket it waits behind another response on the same connection.
  if (outgoing.headersSent || outgoing.socket === null) {
    incoming.socket.destroy();
    return;
  }
  const given = incoming.headers[REQUEST_ID_HEADER];
  const requestId = typeof given === 'string' ? given : undefined;
  endWith(incoming.socket, lateError('body', deadlineMs), { status: REQUEST_TIMEOUT_STATUS, requestId });
}

function lateError(part: 'headers' | 'body', timeoutMs: number): PodexError {
  const seconds = Math.round(timeoutMs / 1000);
  const message = `The ${part} of the request did not arrive within ${seconds} seconds. Send the request again.`;
  return new PodexError('timed_out', message, { timeout_ms: timeoutMs });
}

function endWith(socket: Duplex, error: PodexError, options: RawResponseOptions = {}): void {
  socket.end(rawErrorResponse(error, options), () => socket.destroy());
}

/** The parser has read no method where the head was too long for it; its bytes are still there. */
function beginsWithHead(error: Error): boolean {
  const packet: unknown = Reflect.get(error, 'rawPacket');
  return Buffer.isBuffer(packet) && packet.subarray(0, 5).toString('latin1') === 'HEAD ';
}

/** Node keeps the response that a connection is busy with there, under no public name. */
function hasResponse(socket: Duplex): boolean {
  const current: unknown = Reflect.get(socket, '_httpMessage');
  return typeof current === 'object' && current !== null && Reflect.get(current, 'headersSent') === true;
}
