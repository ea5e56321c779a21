import { chmod, rm } from 'node:fs/promises';
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { parseLinkAuthority } from '@podex/contracts/internal/link';
import { dialTarget } from './dial-target.ts';

export interface LinkServerOptions {
  /** Where bridges connect. In a folder that only root can enter. */
  socketPath: string;
  daemonSocketPath: string;
  /** How often the other end is asked for a sign of life; a link ends when two in a row get none. */
  pingIntervalMs?: number;
}

export interface LinkServer {
  /** Cuts every link. */
  close(): void;
}

const PING_INTERVAL_MS = 20_000;
/** What one stream may have under way towards us, and all of them together. */
const STREAM_WINDOW_BYTES = 1_048_576;
const SESSION_WINDOW_BYTES = 16_777_216;
const MAX_STREAMS = 1_000;
/** What the windows allow and as much on the way out. Beyond Node’s own 10 MB it would refuse new streams during a large upload. */
const MAX_SESSION_MEGABYTES = 64;
const MISSED_PINGS_MAX = 2;

/** Serves links: HTTP/2 over what bridges carry, each CONNECT stream a connection to what its `:authority` names. */
export async function startLinkServer(options: LinkServerOptions): Promise<LinkServer> {
  const { socketPath, daemonSocketPath, pingIntervalMs = PING_INTERVAL_MS } = options;
  const server = createServer({
    maxSessionMemory: MAX_SESSION_MEGABYTES,
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: MAX_STREAMS,
      enablePush: false,
    },
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    const watch = setInterval(watchLife(session, pingIntervalMs), pingIntervalMs);
    sessions.add(session);
    session.on('error', () => session.destroy());
    session.on('close', () => {
      clearInterval(watch);
      sessions.delete(session);
    });
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // Its errors are the other end’s doing, and end this connection alone.
    stream.on('error', () => stream.destroy());
    connectStream(stream, headers, daemonSocketPath).catch(() =>
      stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    );
  });
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(socketPath, 0o600);
  return {
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

async function connectStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  daemonSocketPath: string,
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
    socket = await dialTarget(target, { daemonSocketPath, signal: controller.signal });
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
  // A stream that breaks ends as well.
  stream.pipe(socket, { end: false });
  stream.on('end', () => {
    if (!stream.aborted) socket.end();
  });
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
 * The other end’s machine may vanish without a word, and nobody would close the bridge’s input. A tick that comes late means that the container
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
