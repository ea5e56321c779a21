import type { IncomingMessage, ServerResponse } from 'node:http';
import { PodexError } from '@podex/contracts/errors';
import { strayBodyFault } from './forwarded-headers.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './http-app.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const EXPECTATION_FAILED_STATUS = 417;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/;

/**
 * Answers what cannot be made a `Request`: no or several `Host` headers, a `Host` that is none, a target that is no path, a method
 * that nobody takes, a body where none has a meaning.
 *
 * @returns whether it did.
 */
export function refuseMalformed(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const message = faultOf(incoming);
  if (message === undefined) return false;
  refuse(incoming, outgoing, 400, message);
  return true;
}

/** Answers an `Expect` that is not `100-continue`; left to itself, Node does so with an empty body. */
export function refuseExpectation(incoming: IncomingMessage, outgoing: ServerResponse): void {
  refuse(
    incoming,
    outgoing,
    EXPECTATION_FAILED_STATUS,
    'Send the request without Expect, or with 100-continue.',
  );
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, status: number, message: string): void {
  const { body, requestId } = errorText(message, incoming.headers[REQUEST_ID_HEADER]);
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    [REQUEST_ID_HEADER]: requestId,
    'x-content-type-options': 'nosniff',
    // What follows on this connection is not worth reading.
    connection: 'close',
  });
  outgoing.end(body);
}

function faultOf(incoming: IncomingMessage): string | undefined {
  const { method = '', url = '', headersDistinct } = incoming;
  const { host = [] } = headersDistinct;
  if (host.length !== 1 || !HOST.test(host[0] ?? '')) return 'Send exactly one Host header with a host name.';
  if (!url.startsWith('/') || /[\\#]/.test(url))
    return 'Send the path of the request, beginning with a slash.';
  if (!METHODS.has(method)) return `The method ${method} is not known here.`;
  return strayBodyFault(incoming);
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
