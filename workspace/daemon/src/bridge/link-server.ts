import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseLinkAuthority } from '@podex/contracts/internal/link';
import { type DialOptions, dialTarget } from './dial-target.ts';

export interface LinkServerOptions extends Pick<DialOptions, 'daemonSocketPath' | 'daemonTimeoutMs'> {
  /** How often the other end is asked for a sign of life; the link ends when two in a row get none. */
  pingIntervalMs: number;
}

/** What one stream may have under way towards us, and all of them together. */
const STREAM_WINDOW_BYTES = 1_048_576;
const SESSION_WINDOW_BYTES = 16_777_216;
const MAX_STREAMS = 1_000;
/** What the windows allow and as much on the way out. Beyond Node’s own 10 MB it would refuse new streams during a large upload. */
const MAX_SESSION_MEGABYTES = 64;
const MISSED_PINGS_MAX = 2;

/**
 * Serves the link: HTTP/2 over any duplex, each CONNECT stream a connection to what its `:authority` names. Resolves when the link
 * is over.
 */
export function serveLink(transport: Duplex, options: LinkServerOptions): Promise<void> {
  const settings = {
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxConcurrentStreams: MAX_STREAMS,
    enablePush: false,
  };
  const session = performServerHandshake(transport, { settings, maxSessionMemory: MAX_SESSION_MEGABYTES });
  session.setLocalWindowSize(SESSION_WINDOW_BYTES);
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // Its errors are the other end’s doing, and end this connection alone.
    stream.on('error', () => stream.destroy());
    connectStream(stream, headers, options).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  const watch = setInterval(watchLife(session, options.pingIntervalMs), options.pingIntervalMs);
  return new Promise((resolve) => {
    session.on('error', () => session.destroy());
    session.on('close', () => {
      clearInterval(watch);
      transport.destroy();
      resolve();
    });
    transport.on('close', () => session.destroy());
  });
}

async function connectStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: LinkServerOptions,
): Promise<void> {
  if (headers[':method'] !== 'CONNECT') {
    stream.respond({ ':status': 405 }, { endStream: true });
    return;
  }
  const target = parseLinkAuthority(headers[':authority'] ?? '');
  if (target === undefined) {
    stream.respond({ ':status': 403 }, { endStream: true });
    return;
  }
  const controller = new AbortController();
  const abort = () => controller.abort();
  stream.once('close', abort);
  let socket: Socket;
  try {
    socket = await dialTarget(target, { ...options, signal: controller.signal });
  } catch {
    // Nothing listens there.
    if (!stream.destroyed) stream.respond({ ':status': 502 }, { endStream: true });
    return;
  } finally {
    stream.off('close', abort);
  }
  splice(stream, socket);
}

/** Bytes both ways. An end is passed on as an end, so that either side may still speak; a break as a break. */
function splice(stream: ServerHttp2Stream, socket: Socket): void {
  if (stream.destroyed) {
    socket.destroy();
    return;
  }
  stream.respond({ ':status': 200 });
  stream.pipe(socket);
  socket.pipe(stream);
  socket.on('error', () => stream.close(constants.NGHTTP2_CONNECT_ERROR));
  socket.on('close', () => {
    if (!stream.writableFinished) stream.end();
  });
  stream.on('close', () => {
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR) socket.destroySoon();
    else if (socket.remoteFamily === undefined) socket.destroy();
    else socket.resetAndDestroy();
  });
}

/**
 * The other end’s machine may vanish without a word, and nobody would close our stdin. A tick that comes late means that the container
 * was frozen meanwhile: then no answer could have come, and counting starts again.
 */
function watchLife(session: ServerHttp2Session, intervalMs: number): () => void {
  let unanswered = 0;
  let lastTick = performance.now();
  return () => {
    if (session.closed || session.destroyed) return;
    const now = performance.now();
    const wasFrozen = now - lastTick > 2 * intervalMs;
    lastTick = now;
    unanswered = wasFrozen ? 0 : unanswered;
    if (unanswered >= MISSED_PINGS_MAX) {
      session.destroy();
      return;
    }
    unanswered += 1;
    session.ping(() => {
      unanswered = 0;
    });
  };
}
