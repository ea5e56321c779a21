import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorBody, PodexError } from '@podex/contracts/errors';
import { type ForwardTarget, firstAnswer, IDLE_LIMITS } from './forward.ts';
import { handshakeHeaders, passedRequestHeaders, requireNoStrayBody } from './forwarded-headers.ts';
import { IdleDeadline } from './idle-deadline.ts';

/** RFC 6455 §1.3. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const VISIBLE = /^[\x20-\x7e]+$/;
const REFUSAL_BYTES_MAX = 65_536;

/**
 * Forwards a WebSocket handshake, then bytes. The response to the client is written here: nothing of the target’s is in it but the
 * protocol that it chose.
 *
 * @throws PodexError from `target.unreachable`, the target’s own error, invalid_request, timed_out while nothing was answered yet.
 */
export async function forwardUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: ForwardTarget,
): Promise<void> {
  requireNoStrayBody(request);
  const key = requireWebSocketKey(request);
  const upstream = httpRequest({
    ...target.connection,
    method: 'GET',
    path: target.path,
    insecureHTTPParser: false,
    headers: {
      ...passedRequestHeaders(request, target),
      ...handshakeHeaders(request.headers),
      ...target.headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
    },
  });
  const abandon = () => upstream.destroy(new Error('the client went away'));
  socket.once('close', abandon);
  const answered = firstAnswer(upstream, target, { expectsUpgrade: true });
  upstream.end();
  try {
    const { response, upgraded } = await answered;
    if (upgraded === undefined) throw await errorOf(response, target);
    const handshake = handshakeText(request, response, key);
    if (handshake === undefined) {
      upgraded.stream.destroy();
      throw target.unreachable(new Error('the target agreed to a protocol that nobody asked for'));
    }
    socket.off('close', abandon);
    socket.write(handshake);
    if (upgraded.head.length > 0) socket.write(upgraded.head);
    if (head.length > 0) upgraded.stream.write(head);
    await splice(socket, upgraded.stream, (target.idle ?? IDLE_LIMITS).exchangeMs);
  } finally {
    socket.off('close', abandon);
    upstream.destroy();
  }
}

/** @throws PodexError invalid_request. */
function requireWebSocketKey({ method, headers }: IncomingMessage): string {
  const key = headers['sec-websocket-key'];
  if (method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && key !== undefined) return key;
  throw new PodexError('invalid_request', 'Only WebSocket handshakes can be upgraded here.', {});
}

/** Undefined when the target’s agreement does not fit what was asked. */
function handshakeText(
  request: IncomingMessage,
  { headers }: IncomingMessage,
  key: string,
): string | undefined {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'connection: Upgrade',
    'upgrade: websocket',
    `sec-websocket-accept: ${createHash('sha1')
      .update(key + HANDSHAKE_GUID)
      .digest('base64')}`,
  ];
  const protocol = headers['sec-websocket-protocol'];
  if (protocol !== undefined) {
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!TOKEN.test(protocol) || !offered.includes(protocol)) return undefined;
    lines.push(`sec-websocket-protocol: ${protocol}`);
  }
  const extensions = headers['sec-websocket-extensions'];
  if (extensions !== undefined) {
    if (request.headers['sec-websocket-extensions'] === undefined || !VISIBLE.test(extensions))
      return undefined;
    lines.push(`sec-websocket-extensions: ${extensions}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The target’s refusal, if it is one of ours. */
async function errorOf(response: IncomingMessage, target: ForwardTarget): Promise<PodexError> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > REFUSAL_BYTES_MAX) break;
  }
  const body = parseJson(Buffer.concat(chunks).toString());
  const refusal = errorBody.safeParse(body).success ? PodexError.fromBody(body) : undefined;
  // 401 would speak of the credentials of this hop, and sign people out.
  if (refusal !== undefined && refusal.status !== 401) return target.explain?.(refusal) ?? refusal;
  return target.unreachable(new Error(`the target refused the upgrade with status ${response.statusCode}`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Joins two duplexes until either ends or both are silent; backpressure holds both ways, and neither outlives the other. */
export async function splice(left: Duplex, right: Duplex, idleMs: number): Promise<void> {
  using deadline = new IdleDeadline(idleMs, () => left.destroy());
  deadline.watch(left);
  deadline.watch(right);
  // A peer that resets is an ordinary end of a byte stream: both sides are closed and there is nobody left to tell.
  await Promise.allSettled([pipeline(left, right), pipeline(right, left)]);
  left.destroy();
  right.destroy();
}
