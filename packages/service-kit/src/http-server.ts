import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { HEAD_BYTES_MAX, HEAD_DEADLINE_MS } from '@podex/contracts/limits';
import { admitSocket, type ConnectionLimits, guardConnections, isRefused } from './connection-guard.ts';
import { REQUEST_ID_HEADER, toPodexError } from './http-app.ts';
import { refuseExpectation, refuseMalformed } from './raw-faults.ts';
import { rawErrorResponse } from './raw-response.ts';
import { answerBrokenRequests, boundBody, HEADERS_LOOK_EVERY_MS } from './request-deadlines.ts';

export { admitSocket };

/** Two pipelines through one socket, and those who want to know of its end. */
const UPGRADED_LISTENERS_MAX = 20;

export interface HttpServerOptions {
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
  port: number;
  /** Interface to listen on; all of them when left out. */
  host?: string | undefined;
  /** WebSocket and other upgrades. A rejection is answered as an error body and the socket is closed. */
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
  /** How long the body of this request may take, from its headers on; as long as it takes when left out or undefined. */
  bodyDeadlineMs?: (request: IncomingMessage) => number | undefined;
  headersTimeoutMs?: number | undefined;
  limits?: ConnectionLimits | undefined;
}

export interface HttpServer {
  port: number;
  /** Stops listening, lets requests finish for `graceMs`, then cuts what is left (long polls, streams, sockets). */
  close(graceMs: number): Promise<void>;
}

/** @throws the listen error (`EADDRINUSE`, …). */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const listener = getRequestListener(
    // createServer of node:http makes these bindings, never those of HTTP/2.
    (request, env) => options.fetch(request, env as HttpBindings),
    { overrideGlobalObjects: false },
  );
  const headersTimeoutMs = options.headersTimeoutMs ?? HEAD_DEADLINE_MS;
  const server = createServer(
    {
      connectionsCheckingInterval: Math.min(HEADERS_LOOK_EVERY_MS, headersTimeoutMs),
      insecureHTTPParser: false,
      maxHeaderSize: HEAD_BYTES_MAX,
      // Node's own check of `Host` answers with an empty body; refuseMalformed looks at it.
      requireHostHeader: false,
    },
    (incoming: IncomingMessage, outgoing: ServerResponse) => {
      if (isRefused(incoming.socket) || refuseMalformed(incoming, outgoing)) return;
      const deadlineMs = options.bodyDeadlineMs?.(incoming);
      if (deadlineMs !== undefined) boundBody(incoming, outgoing, deadlineMs);
      void listener(incoming, outgoing);
    },
  );
  server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!isRefused(incoming.socket)) refuseExpectation(incoming, outgoing);
  });
  // The whole of a request is bounded by route, see bodyDeadlineMs: uploads are as long as they are.
  server.requestTimeout = 0;
  server.headersTimeout = headersTimeoutMs;
  server.keepAliveTimeout = 65_000;
  answerBrokenRequests(server, headersTimeoutMs);
  const endGuard = guardConnections(server, options.limits ?? {});
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isRefused(request.socket)) return;
    socket.setMaxListeners(UPGRADED_LISTENERS_MAX);
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    const upgrade = options.onUpgrade ?? (() => Promise.reject(new Error('no upgrades here')));
    upgrade(request, socket, head).catch((error: unknown) => refuseUpgrade(request, socket, error));
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      await closeServer(server, upgraded, graceMs);
      endGuard();
    },
  };
}

function listen(server: Server, options: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      { port: options.port, ...(options.host === undefined ? {} : { host: options.host }) },
      () => {
        server.off('error', reject);
        resolve();
      },
    );
  });
}

async function closeServer(server: Server, upgraded: ReadonlySet<Duplex>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(cut);
}

/** Answers an upgrade request that is refused with the error body, as any other request would be. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
  if (socket.destroyed) return;
  const error = toPodexError(thrown);
  const given = request.headers[REQUEST_ID_HEADER];
  const requestId = typeof given === 'string' ? given : undefined;
  socket.end(rawErrorResponse(error, { requestId }), () => socket.destroy());
}
