import { type Agent, createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { type ForwardTarget, forwardRequest, type IdleLimits } from '../src/forward.ts';
import { toPodexError } from '../src/http-app.ts';

const open: (Server | TcpServer)[] = [];
/** For `afterEach`. */
export function closeServers(): void {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
}

export async function listen(server: Server | TcpServer): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export interface GatewayOptions {
  timeoutMs?: number;
  agent?: Agent;
  idle?: IdleLimits;
}

function targetAt(port: number, options: GatewayOptions): Omit<ForwardTarget, 'path'> {
  return {
    connection: { host: '127.0.0.1', port, ...(options.agent === undefined ? {} : { agent: options.agent }) },
    headers: { authorization: 'Bearer internal' },
    responseHeaders: { 'content-security-policy': 'sandbox', 'cache-control': 'no-store' },
    unreachable: (cause) => new PodexError('service_unavailable', 'not there', { service: 'x' }, { cause }),
    timeoutMs: options.timeoutMs ?? 2000,
    ...(options.idle === undefined ? {} : { idle: options.idle }),
  };
}

/** A server that forwards everything to `port`, as api and compute do. */
export async function gatewayTo(port: number, options: GatewayOptions = {}): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    forwardRequest(incoming, outgoing, { ...targetAt(port, options), path: incoming.url ?? '/' }).catch(
      (thrown: unknown) => {
        const error = toPodexError(thrown);
        outgoing.writeHead(error.status).end(error.code);
      },
    );
  });
  return listen(server);
}

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Keeps every request that came whole, and answers with its path. */
export async function echo(seen: Seen[]): Promise<number> {
  const upstream = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => undefined);
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      outgoing.end(`for ${url}`);
    });
  });
  return listen(upstream);
}
