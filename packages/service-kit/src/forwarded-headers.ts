import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { PodexError } from '@podex/contracts/errors';

/**
 * What a request may carry to the next hop. Framing (`content-length`, `transfer-encoding`, `connection`, `te`, `trailer`, `upgrade`,
 * `expect`) is made from the bytes that are sent; credentials and addresses stay here.
 */
const REQUEST_HEADERS = [
  'accept',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'range',
] as const;

/** A handshake (RFC 6455 §4.1) carries these as well. */
const HANDSHAKE_HEADERS = [
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
] as const;

/** What a response from a workspace may say. It is data: whatever steers a browser is set by us alone. */
const RESPONSE_HEADERS = [
  'accept-ranges',
  'content-range',
  'content-type',
  'etag',
  'idempotent-replayed',
  'last-modified',
  'x-output-offset',
] as const;

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const DECIMAL = /^\d{1,15}$/;

/** End-to-end headers of a request that go on to the next hop. */
function requestHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return pick(headers, REQUEST_HEADERS);
}

export function handshakeHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return pick(headers, HANDSHAKE_HEADERS);
}

/** End-to-end headers of a request to this target. */
export function passedRequestHeaders(
  incoming: IncomingMessage,
  { passing }: { passing?: { request(incoming: IncomingMessage): OutgoingHttpHeaders } },
): OutgoingHttpHeaders {
  return passing?.request(incoming) ?? requestHeaders(incoming.headers);
}

/** Headers of a response of the workspace API that go on to the client. */
export function responseHeaders(response: IncomingMessage): OutgoingHttpHeaders {
  return pick(response.headers, RESPONSE_HEADERS);
}

/** The length of a response, where a body of that length follows. */
export function lengthHeader(response: IncomingMessage): OutgoingHttpHeaders {
  const length = response.headers['content-length'];
  const hasBody = response.statusCode !== 204 && response.statusCode !== 304;
  return hasBody && length !== undefined && DECIMAL.test(length) ? { 'content-length': length } : {};
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  const entries = names.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Whether a request of this method carries a body that means something. */
export function takesBody(method: string | undefined): boolean {
  return METHODS_WITH_BODY.has(method ?? 'GET');
}

/** Whether the client announced bytes after the head of its request. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && !/^0+$/.test(length);
}

/**
 * Two hops that disagree on whether a GET has a body read the next request at different places. So they would on a body in another
 * coding than chunks, which this hop would not decode.
 *
 * @throws PodexError invalid_request when a method without a body, or an upgrade, announces one.
 */
export function requireNoStrayBody(request: IncomingMessage): void {
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw new PodexError(
      'invalid_request',
      'The only Transfer-Encoding that can be sent here is chunked.',
      {},
    );
  }
  const fault = strayBodyFault(request);
  if (fault !== undefined) throw new PodexError('invalid_request', fault, {});
}

/** What is wrong with a body that stands where none has a meaning; undefined when nothing is. */
export function strayBodyFault(request: IncomingMessage): string | undefined {
  const isUpgrade = request.headers.upgrade !== undefined;
  if ((takesBody(request.method) && !isUpgrade) || !announcesBody(request)) return undefined;
  const what = isUpgrade ? 'An upgrade' : `A ${request.method} request`;
  return `${what} can't carry a body. Send it without Content-Length and Transfer-Encoding.`;
}
