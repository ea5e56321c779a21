import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import { requestHeaders, requireNoStrayBody, responseHeaders, takesBody } from './forwarded-headers.ts';
import { IdleDeadline } from './idle-deadline.ts';

/** Where bytes are forwarded to: `host` and `port`, or `createConnection` over a link. */
export interface ForwardTarget {
  connection: Pick<RequestOptions, 'host' | 'port' | 'agent' | 'createConnection'>;
  /** Path and query at the target. */
  path: string;
  /** Added to the request; a name given here replaces the client’s. */
  headers: OutgoingHttpHeaders;
  /** Set on the response after the target’s own, which can never replace them. */
  responseHeaders?: OutgoingHttpHeaders;
  /** The error that the caller sees when the target does not answer. */
  unreachable: (cause: unknown) => PodexError;
  /** How long the target may take to its first byte, counted from the last byte of the request. */
  timeoutMs: number;
  /** Limits of silence; the defaults serve everywhere but in tests. */
  idle?: IdleLimits;
}

export interface IdleLimits {
  /** A client that announced a body and sends none of it. */
  uploadMs: number;
  /** A response of which no byte moves. Whoever reads it comes back with an offset. */
  responseMs: number;
}

const IDLE_LIMITS: IdleLimits = { uploadMs: 60_000, responseMs: 600_000 };

/**
 * Forwards one HTTP exchange, both bodies streamed and framed anew: what a message says of its length is made from the bytes that are
 * sent. The client’s credentials stay here. When the client goes away the request to the target is ended; when the target breaks
 * off, so is the client’s connection. No connection is used again after a body that was not read or sent to its end.
 *
 * @throws PodexError from `target.unreachable`, invalid_request, request_timed_out, timed_out while nothing was answered yet.
 */
export async function forwardRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: ForwardTarget,
): Promise<void> {
  try {
    requireNoStrayBody(incoming);
    await exchange(incoming, outgoing, target);
  } catch (error) {
    // The rest of its body is still on the way: the next request of this connection would begin in the middle of it.
    if (!incoming.complete) outgoing.shouldKeepAlive = false;
    if (!outgoing.headersSent && !outgoing.destroyed) throw error;
    outgoing.destroy();
  }
}

async function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: ForwardTarget,
): Promise<void> {
  const limits = target.idle ?? IDLE_LIMITS;
  const hasBody = takesBody(incoming.method);
  const upstream = httpRequest({
    ...target.connection,
    method: incoming.method ?? 'GET',
    path: target.path,
    insecureHTTPParser: false,
    headers: {
      ...requestHeaders(incoming.headers),
      ...target.headers,
      ...(hasBody ? { 'transfer-encoding': 'chunked' } : {}),
    },
  });
  const abandon = () => upstream.destroy(new Error('the client went away'));
  outgoing.once('close', abandon);
  try {
    const answered = firstAnswer(upstream, target);
    sendBody(incoming, upstream, { hasBody, uploadMs: limits.uploadMs });
    const { response } = await answered;
    await sendResponse({ incoming, upstream, response, outgoing }, target, limits);
  } finally {
    outgoing.off('close', abandon);
    // Anything but a request that was sent wholly and answered wholly leaves the connection in the middle of a message.
    if (!upstream.writableFinished) upstream.destroy();
  }
}

/** Not awaited: a target may respond before it has read the whole body (an error), and its response then stands. */
function sendBody(
  incoming: IncomingMessage,
  upstream: ClientRequest,
  { hasBody, uploadMs }: { hasBody: boolean; uploadMs: number },
): void {
  if (!hasBody) {
    upstream.end();
    return;
  }
  const deadline = new IdleDeadline(uploadMs, () => {
    const limit = { timeout_ms: uploadMs };
    upstream.destroy(
      new PodexError('request_timed_out', 'The body of the request stopped coming. Send it again.', limit),
    );
  });
  deadline.watch(incoming);
  incoming.once('end', () => deadline[Symbol.dispose]());
  upstream.once('close', () => deadline[Symbol.dispose]());
  // A body that breaks off must break off there as well, or it would be taken for complete.
  incoming.once('close', () => {
    if (!incoming.complete) upstream.destroy(new Error('the client broke off its body'));
  });
  incoming.once('error', (error) => upstream.destroy(error));
  incoming.pipe(upstream);
}

interface Exchange {
  incoming: IncomingMessage;
  upstream: ClientRequest;
  response: IncomingMessage;
  outgoing: ServerResponse;
}

async function sendResponse(
  { incoming, response, outgoing }: Exchange,
  target: ForwardTarget,
  limits: IdleLimits,
): Promise<void> {
  if (!incoming.complete) outgoing.shouldKeepAlive = false;
  outgoing.strictContentLength = true;
  outgoing.writeHead(statusOf(response, target), { ...responseHeaders(response), ...target.responseHeaders });
  outgoing.flushHeaders();
  using deadline = new IdleDeadline(limits.responseMs, () => response.destroy(new Error('nothing moved')));
  deadline.watch(response);
  outgoing.on('drain', deadline.moved);
  incoming.on('data', deadline.moved);
  try {
    await pipeline(response, outgoing);
  } finally {
    incoming.off('data', deadline.moved);
  }
}

/** A workspace answers with a result or an error; it leads nobody elsewhere. */
function statusOf({ statusCode: status = 0 }: IncomingMessage, target: ForwardTarget): number {
  const isKnown = (status >= 200 && status < 300) || status === 304 || (status >= 400 && status < 600);
  if (isKnown) return status;
  throw target.unreachable(new Error(`the target answered with status ${status}`));
}

export interface FirstAnswer {
  response: IncomingMessage;
  /** Set when the target agreed to the upgrade: the stream, and its first bytes. */
  upgraded?: { stream: Duplex; head: Buffer };
}

/** @throws PodexError timed_out, or from `target.unreachable`. */
export function firstAnswer(
  upstream: ClientRequest,
  target: Pick<ForwardTarget, 'timeoutMs' | 'unreachable'>,
  { expectsUpgrade = false } = {},
): Promise<FirstAnswer> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      const limit = { timeout_ms: target.timeoutMs };
      upstream.destroy(new PodexError('timed_out', `No response within ${target.timeoutMs} ms.`, limit));
    };
    let timer: NodeJS.Timeout | undefined;
    const count = () => {
      timer = setTimeout(giveUp, target.timeoutMs);
    };
    upstream.once('finish', count);
    const settle = () => {
      upstream.off('finish', count);
      clearTimeout(timer);
    };
    upstream.once('response', (response) => {
      settle();
      resolve({ response });
    });
    upstream.once('upgrade', (response, stream, head) => {
      settle();
      if (expectsUpgrade) {
        resolve({ response, upgraded: { stream, head } });
        return;
      }
      stream.destroy();
      reject(target.unreachable(new Error('the target switched protocols unasked')));
    });
    // Stays attached: an error after the response ends its stream, and must not be unhandled.
    upstream.on('error', (error) => {
      settle();
      reject(PodexError.isInstance(error) ? error : target.unreachable(error));
    });
  });
}
