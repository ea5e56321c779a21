import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { refuseUpgrade, requestIdOf, toPodexError } from './errors.ts';

/** A path of 4,096 characters may take nine bytes for each in a query. */
const MAX_HEADER_BYTES = 65_536;

export interface UnixServerOptions {
  socketPath: string;
  onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** WebSocket. A rejection is answered as an error body and the connection is closed. */
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

export interface UnixServer {
  /** Stops listening, lets requests finish for `graceMs`, then cuts what is left (streams, WebSockets). */
  close(graceMs: number): Promise<void>;
}

/**
 * Listens on a unix socket that only the user of this process can reach: the folder is made 0700, the socket 0600. A socket that an
 * earlier process left behind is replaced.
 */
export async function startUnixServer(options: UnixServerOptions): Promise<UnixServer> {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, insecureHTTPParser: false, requireHostHeader: true },
    options.onRequest,
  );
  // Uploads and output streams are as long as they are.
  server.requestTimeout = 0;
  server.headersTimeout = 15_000;
  server.keepAliveTimeout = 65_000;
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    const upgrade = options.onUpgrade ?? refuseEveryUpgrade;
    upgrade(request, socket, head).catch((error: unknown) =>
      refuseUpgrade(socket, toPodexError(error), requestIdOf(request)),
    );
  });
  const folder = path.dirname(options.socketPath);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await rm(options.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(options.socketPath, 0o600);
  return {
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }, graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function refuseEveryUpgrade(request: IncomingMessage): Promise<void> {
  throw new PodexError('not_found', `There is no WebSocket at ${request.url ?? '/'}.`, {});
}
