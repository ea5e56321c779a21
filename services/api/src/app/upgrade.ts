import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER, requestIdOf } from '@podex/service-kit/http-app';
import { admitSocket } from '@podex/service-kit/http-server';
import { registerAttached } from '../connections/attached-socket.ts';
import type { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { parseRequestTarget, workspaceTarget } from '../gateway/workspace-route.ts';
import type { Door } from '../http/door.ts';
import { accessOf } from '../http/policy.ts';
import type { LiveSockets } from '../live/live-sockets.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { RequireHost } from '../network/hosts.ts';

export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

export interface UpgradeOptions {
  door: Door;
  requireHost: RequireHost;
  gateway: Gateway;
  liveSockets: LiveSockets;
  registry: ConnectionRegistry;
  addressOf: AddressOf;
}

/** WebSocket handshakes come in by the same door as all requests, and go to the live socket or on to the workspace. */
export function createUpgrade(options: UpgradeOptions): OnUpgrade {
  const { door, requireHost, gateway, liveSockets, registry, addressOf } = options;
  return async (request, socket, head) => {
    const url = request.url ?? '/';
    const { pathname: path } = parseRequestTarget(url);
    requireHost(request, path);
    const headers = toHeaders(request);
    const address = addressOf(request);
    const requestId = requestIdOf(headers.get(REQUEST_ID_HEADER));
    const source = { address, userAgent: headers.get('user-agent') ?? undefined };
    const entrance = await door({ method: 'GET', path, headers, source, requestId });
    const actor = entrance?.authenticated?.actor;
    if (actor !== undefined) admitSocket(request.socket);
    if (entrance?.operation.id === 'openLive' && actor !== undefined) {
      liveSockets.accept({ actor, address, request, socket, head });
      return;
    }
    if (entrance?.operation.id === 'attachTerminal' && actor !== undefined) {
      const workspaceId = entrance.operation.params.workspace_id;
      registerAttached(registry, { actor, workspaceId, address, socket });
      const { operation } = entrance;
      const target = workspaceTarget(operation, url);
      const access = accessOf(operation.id);
      const call = { actor, requestId, method: 'GET', target, access };
      await gateway.forwardUpgrade(call, request, socket, head);
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
