import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { PORT_TUNNEL_PROTOCOL } from '@podex/contracts/internal/port-tunnel';
import { IDLE_LIMITS } from '@podex/service-kit/forward';
import { splice } from '@podex/service-kit/forward-upgrade';

const PATH = /^\/port-tunnels\/(\d{1,5})$/;
const ACCEPTED =
  `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${PORT_TUNNEL_PROTOCOL}\r\n\r\n` as const;

/** The port that an upgrade asks for by this path below a workspace; undefined for another path. */
export function tunnelledPort(pathname: string): number | undefined {
  const port = Number(PATH.exec(pathname)?.[1]);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** @throws PodexError invalid_request. */
export function requireTunnelProtocol({ headers }: IncomingMessage): void {
  if (headers.upgrade === PORT_TUNNEL_PROTOCOL) return;
  throw new PodexError('invalid_request', `Ask for an upgrade to ${PORT_TUNNEL_PROTOCOL} here.`, {});
}

/** Joins the client with a connection to a port, as bytes, until either ends. Nothing is read in them. */
export async function tunnel(socket: Duplex, head: Buffer, connection: Duplex): Promise<void> {
  socket.write(ACCEPTED);
  if (head.length > 0) connection.write(head);
  await splice(socket, connection, IDLE_LIMITS.exchangeMs);
}
