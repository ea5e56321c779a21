import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER, requestIdOf } from '@podex/service-kit/http-app';
import type { Gateway } from './gateway/gateway.ts';
import type { Door } from './http/door.ts';
import type { RequireHost } from './http/hosts.ts';
import type { LiveSockets } from './live/live-sockets.ts';

export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

export interface UpgradeOptions {
  door: Door;
  requireHost: RequireHost;
  gateway: Gateway;
  liveSockets: LiveSockets;
}

/** WebSocket handshakes come in by the same door as all requests, and go to the live socket or on to the workspace. */
export function createUpgrade({ door, requireHost, gateway, liveSockets }: UpgradeOptions): OnUpgrade {
  return async (request, socket, head) => {
    const url = request.url ?? '/';
    const [path = '/'] = url.split('?');
    requireHost(request, path);
    const headers = toHeaders(request);
    const enter = () => door({ method: 'GET', path, headers });
    const entrance = await enter();
    const actor = entrance?.authenticated?.actor;
    if (entrance?.operation.id === 'openLive' && actor !== undefined) {
      const recheck = async () => void (await enter());
      liveSockets.accept({ actor, recheck, request, socket, head });
      return;
    }
    if (entrance?.operation.id === 'attachTerminal' && actor !== undefined) {
      const requestId = requestIdOf(headers.get(REQUEST_ID_HEADER));
      await gateway.forwardUpgrade({ actor, requestId, url }, request, socket, head);
      return;
    }
    throw new PodexError('not_found', `There is no WebSocket at ${path}.`, {});
  };
}

function toHeaders(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  return headers;
}
