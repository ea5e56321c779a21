import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import { FORWARDED_SILENCE_MS } from '@podex/contracts/limits';
import { explainRefusal } from './explain-refusal.ts';
import {
  lengthHeader,
  passedRequestHeaders,
  requireNoStrayBody,
  responseHeaders,
  takesBody,
} from './forwarded-headers.ts';
import { IdleDeadline } from './idle-deadline.ts';
import { readAway } from './read-away.ts';

/** Where bytes are forwarded to: `host` and `port`, or `createConnection` over a link. */
export interface ForwardTarget {
  connection: Pick<RequestOptions, 'host' | 'port' | 'agent' | 'createConnection'>;
  /** Path and query at the target. */
  path: string;
  /** Added to the request; a name given here replaces the client’s. */
  headers: OutgoingHttpHeaders;
  /** Set on the response after the target’s own, which can never replace them. */
  responseHeaders?: OutgoingHttpHeaders;
  /** What goes through besides the bodies; what the workspace API needs when left out. */
  passing?: Passing;
  /** The error that the caller sees when the target can’t be reached. */
  unreachable: (cause: unknown) => PodexError;
  /** Puts another error in the place of one that says that the target does not know what it was asked for (404, 405). */
  explain?: (error: PodexError) => PodexError;
  /** How long the target may take to its first byte, counted from the last byte of the request that moved. */
  timeoutMs: number;
  /** Limits of silence; the defaults serve everywhere but in tests. */
  idle?: IdleLimits;
}

/** Which headers and statuses go through. Framing and upgrades are never among them: they are made from what is sent. */
export interface Passing {
  request(incoming: IncomingMessage): OutgoingHttpHeaders;
  /** Without `content-length`, which is added where it fits. */
  response(response: IncomingMessage): OutgoingHttpHeaders;
  /** Whether a response may have this final status. */
  allows(status: number): boolean;
}

export interface IdleLimits {
  /** A client that announced a body and sends none of it. */
  uploadMs: number;
  /** An exchange of which no byte moves either way once its response has begun. Clients come back with an offset. */
  exchangeMs: number;
}

export const IDLE_LIMITS: IdleLimits = { uploadMs: FORWARDED_SILENCE_MS, exchangeMs: 600_000 };

/** These speak of the credentials of a hop, never of a workspace, and would sign people out. */
const STATUSES_OF_A_HOP = new Set([401, 407, 511]);

/**
 * Forwards one HTTP exchange, both bodies streamed, their framing rebuilt: what a message says of its length is made from the bytes that are
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
    // The rest of its body may be on the way: the next request of this connection would begin in the middle of it.
    if (!incoming.complete || PodexError.has(error, 'invalid_request')) outgoing.shouldKeepAlive = false;
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
      ...passedRequestHeaders(incoming, target),
      ...target.headers,
      ...(hasBody ? bodyFraming(incoming, target) : {}),
    },
  });
  const abandon = () => upstream.destroy(new Error('the client went away'));
  outgoing.once('close', abandon);
  let response: IncomingMessage | undefined;
  try {
    const answered = firstAnswer(upstream, target, hasBody ? { body: incoming } : {});
    sendBody(incoming, upstream, { hasBody, uploadMs: limits.uploadMs });
    ({ response } = await answered);
    await sendResponse({ incoming, response, outgoing }, target, limits);
  } finally {
    outgoing.off('close', abandon);
    // Anything but a request that was sent and answered to its end leaves the connection in the middle of a message.
    if (!upstream.writableFinished || response?.complete !== true) upstream.destroy();
  }
  await finish(incoming, outgoing);
}

/**
 * Programs of people may know no chunks: they get the length that their client gave. Of a body that stays below it, Node’s parser makes an
 * error, and more than it is not of this request.
 */
function bodyFraming({ headers }: IncomingMessage, { passing }: ForwardTarget): OutgoingHttpHeaders {
  if (passing === undefined || headers['transfer-encoding'] !== undefined)
    return { 'transfer-encoding': 'chunked' };
  return { 'content-length': headers['content-length'] ?? '0' };
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
    // Then it is the target that does not read; it has its own deadline.
    if (upstream.writableNeedDrain) return;
    const limit = { timeout_ms: uploadMs };
    upstream.destroy(
      new PodexError('request_timed_out', 'The body of the request stopped coming. Send it again.', limit),
    );
  });
  deadline.watch(incoming);
  upstream.on('drain', deadline.moved);
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
  response: IncomingMessage;
  outgoing: ServerResponse;
}

async function sendResponse(
  { incoming, response, outgoing }: Exchange,
  target: ForwardTarget,
  limits: IdleLimits,
): Promise<void> {
  const explained = await explainRefusal(response, target);
  if (PodexError.isInstance(explained)) throw explained;
  if (!incoming.complete) outgoing.shouldKeepAlive = false;
  outgoing.strictContentLength = true;
  outgoing.writeHead(statusOf(response, target), {
    ...(target.passing?.response(response) ?? responseHeaders(response)),
    ...lengthHeader(response),
    ...target.responseHeaders,
  });
  outgoing.flushHeaders();
  using deadline = new IdleDeadline(limits.exchangeMs, () => response.destroy(new Error('nothing moved')));
  deadline.watch(response);
  outgoing.on('drain', deadline.moved);
  incoming.on('data', deadline.moved);
  try {
    await pipeline(explained ?? response, outgoing, { end: false });
  } finally {
    incoming.off('data', deadline.moved);
  }
}

/** Ends the response. Where the body was not wanted, the client is first given the time to read why; then the connection is closed. */
async function finish(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (!incoming.complete) await readAway(incoming);
  outgoing.end();
}

/** A workspace answers with a result or an error; it leads nobody elsewhere. */
function statusOf({ statusCode: status = 0 }: IncomingMessage, target: ForwardTarget): number {
  const isKnown = (status >= 200 && status < 300) || status === 304 || (status >= 400 && status < 600);
  if (target.passing?.allows(status) ?? (isKnown && !STATUSES_OF_A_HOP.has(status))) return status;
  throw target.unreachable(new Error(`the target answered with status ${status}`));
}

export interface FirstAnswer {
  response: IncomingMessage;
  /** Set when the target agreed to the upgrade: the stream, and its first bytes. */
  upgraded?: { stream: Duplex; head: Buffer };
}

export interface FirstAnswerOptions {
  expectsUpgrade?: boolean;
  /** The body that is being sent: while it moves, nobody waits for the target. */
  body?: Readable;
}

/** @throws PodexError timed_out, or from `target.unreachable`. */
export function firstAnswer(
  upstream: ClientRequest,
  target: Pick<ForwardTarget, 'timeoutMs' | 'unreachable'>,
  { expectsUpgrade = false, body }: FirstAnswerOptions = {},
): Promise<FirstAnswer> {
  return new Promise((resolve, reject) => {
    const deadline = new IdleDeadline(target.timeoutMs, () => {
      const limit = { timeout_ms: target.timeoutMs };
      upstream.destroy(
        new PodexError('timed_out', `No response within ${target.timeoutMs} ms. Try again.`, limit),
      );
    });
    if (body !== undefined) deadline.watch(body);
    for (const progress of ['drain', 'finish']) upstream.on(progress, deadline.moved);
    const settle = (answer: FirstAnswer) => {
      deadline[Symbol.dispose]();
      resolve(answer);
    };
    upstream.once('response', (response) => settle({ response }));
    upstream.once('upgrade', (response, stream, head) => {
      if (expectsUpgrade) {
        settle({ response, upgraded: { stream, head } });
        return;
      }
      deadline[Symbol.dispose]();
      stream.destroy();
      reject(target.unreachable(new Error('the target switched protocols unasked')));
    });
    // Stays attached: an error after the response ends its stream, and must not be unhandled.
    upstream.once('close', () => deadline[Symbol.dispose]());
    upstream.on('error', (error) => {
      reject(PodexError.isInstance(error) ? error : target.unreachable(error));
    });
  });
}
