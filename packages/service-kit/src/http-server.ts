import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { REQUEST_ID_HEADER, requestIdOf, toPodexError } from './http-app.ts';

export interface HttpServerOptions {
  fetch: Parameters<typeof getRequestListener>[0];
  port: number;
  /** Interface to listen on; all of them when left out. */
  host?: string | undefined;
  /** WebSocket and other upgrades. A rejection is answered as an error body and the socket is closed. */
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

export interface HttpServer {
  port: number;
  /** Stops listening, lets requests finish for `graceMs`, then cuts what is left (long polls, streams, sockets). */
  close(graceMs: number): Promise<void>;
}

/** @throws the listen error (`EADDRINUSE`, …). */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const listener = getRequestListener(options.fetch, { overrideGlobalObjects: false });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  // Uploads and event streams are as long as they are; silence is bounded by the handlers.
  server.requestTimeout = 0;
  server.headersTimeout = 15_000;
  server.keepAliveTimeout = 65_000;
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    const upgrade = options.onUpgrade ?? (() => Promise.reject(new Error('no upgrades here')));
    upgrade(request, socket, head).catch((error: unknown) => refuseUpgrade(request, socket, error));
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => closeServer(server, upgraded, graceMs),
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
  const requestId = requestIdOf(typeof given === 'string' ? given : undefined);
  const body = JSON.stringify(error.toBody(requestId));
  socket.end(
    `HTTP/1.1 ${error.status} ${error.code}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${REQUEST_ID_HEADER}: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
  );
}
