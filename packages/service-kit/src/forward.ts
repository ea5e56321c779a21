import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';

/** Where bytes are forwarded to: `host` and `port`, or `createConnection` over a link. */
export interface ForwardTarget {
  connection: Pick<RequestOptions, 'host' | 'port' | 'agent' | 'createConnection'>;
  /** Path and query at the target. */
  path: string;
  /** Added to the request; a name given here replaces the client’s. */
  headers: OutgoingHttpHeaders;
  /** The error that the caller sees when the target does not answer. */
  unreachable: (cause: unknown) => PodexError;
  /** How long the target may take to its first byte. */
  timeoutMs: number;
}

/** Hop-by-hop headers (RFC 9110 §7.6.1), and those by which a client could pass for a service of Podex. */
const DROPPED_REQUEST_HEADERS = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'authorization',
  'cookie',
]);
const DROPPED_RESPONSE_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'upgrade',
  'set-cookie',
]);

function copyHeaders(headers: IncomingHttpHeaders, dropped: ReadonlySet<string>): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !dropped.has(name)),
  );
}

/**
 * Forwards one HTTP exchange, both bodies streamed. The client’s credentials stay here. When the client goes away the request to
 * the target is ended; when the target breaks off, so is the client’s answer.
 *
 * @throws PodexError from `target.unreachable` while nothing was answered yet.
 */
export async function forwardRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: ForwardTarget,
): Promise<void> {
  const upstream = httpRequest({
    ...target.connection,
    method: incoming.method ?? 'GET',
    path: target.path,
    headers: { ...copyHeaders(incoming.headers, DROPPED_REQUEST_HEADERS), ...target.headers },
  });
  const abandon = () => upstream.destroy(new Error('the client went away'));
  outgoing.once('close', abandon);
  try {
    const answered = firstAnswer(upstream, target);
    sendBody(incoming, upstream);
    const { response } = await answered;
    outgoing.writeHead(response.statusCode ?? 502, copyHeaders(response.headers, DROPPED_RESPONSE_HEADERS));
    outgoing.flushHeaders();
    await pipeline(response, outgoing);
  } catch (error) {
    if (!outgoing.headersSent && !outgoing.destroyed) throw error;
    outgoing.destroy();
  } finally {
    outgoing.off('close', abandon);
  }
}

/** Not awaited: a target may answer before it has read the whole body (a refusal), and its answer then stands. */
function sendBody(incoming: IncomingMessage, upstream: ClientRequest): void {
  if (incoming.method === 'GET' || incoming.method === 'HEAD') {
    upstream.end();
    return;
  }
  incoming.once('error', (error) => upstream.destroy(error));
  incoming.pipe(upstream);
}

interface Answer {
  response: IncomingMessage;
  /** Set when the target agreed to the upgrade: the stream, and its first bytes. */
  upgraded?: { stream: Duplex; head: Buffer };
}

function firstAnswer(upstream: ClientRequest, target: ForwardTarget): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const timeout = { timeout_ms: target.timeoutMs };
      upstream.destroy(new PodexError('timed_out', `no answer within ${target.timeoutMs} ms`, timeout));
    }, target.timeoutMs);
    const settle = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    upstream.once('response', (response) => settle({ response }));
    upstream.once('upgrade', (response, stream, head) => settle({ response, upgraded: { stream, head } }));
    // Stays attached: an error after the answer ends the response stream, and must not be unhandled.
    upstream.on('error', (error) => {
      clearTimeout(timer);
      reject(PodexError.isInstance(error) ? error : target.unreachable(error));
    });
  });
}

/**
 * Forwards an upgrade (WebSocket) as bytes: the handshake is the target’s, and so is everything after it.
 *
 * @throws PodexError from `target.unreachable` while nothing was answered yet.
 */
export async function forwardUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: ForwardTarget,
): Promise<void> {
  const upstream = httpRequest({
    ...target.connection,
    method: 'GET',
    path: target.path,
    headers: {
      ...copyHeaders(request.headers, DROPPED_REQUEST_HEADERS),
      ...target.headers,
      connection: 'Upgrade',
      upgrade: request.headers.upgrade ?? 'websocket',
    },
  });
  const abandon = () => upstream.destroy(new Error('the client went away'));
  socket.once('close', abandon);
  const answered = firstAnswer(upstream, target);
  upstream.end();
  const { response, upgraded } = await answered;
  socket.off('close', abandon);
  if (upgraded === undefined) {
    await sendRefusal(response, socket);
    return;
  }
  socket.write(handshakeText(response));
  if (upgraded.head.length > 0) socket.write(upgraded.head);
  if (head.length > 0) upgraded.stream.write(head);
  await splice(socket, upgraded.stream);
}

function handshakeText(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    lines.push(`${response.rawHeaders[index]}: ${response.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

async function sendRefusal(response: IncomingMessage, socket: Duplex): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  const type = response.headers['content-type'] ?? 'application/json';
  const head = [
    `HTTP/1.1 ${response.statusCode} ${response.statusMessage}`,
    `content-type: ${type}`,
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}

/** Joins two duplexes until either ends; backpressure holds both ways, and neither outlives the other. */
export async function splice(left: Duplex, right: Duplex): Promise<void> {
  // A peer that resets is an ordinary end of a byte stream: both sides are closed and there is nobody left to tell.
  await Promise.allSettled([pipeline(left, right), pipeline(right, left)]);
  left.destroy();
  right.destroy();
}
