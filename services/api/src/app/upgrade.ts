import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { SSH_KEYS_HEADER } from '@podex/contracts/ssh';
import { REQUEST_ID_HEADER, requestIdOf } from '@podex/service-kit/http-app';
import { admitSocket } from '@podex/service-kit/http-server';
import type { Actor } from '../calls/actor.ts';
import { registerAttached } from '../connections/attached-socket.ts';
import type { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { parseRequestTarget, workspaceTarget } from '../gateway/workspace-route.ts';
import type { Door, Entrance } from '../http/door.ts';
import { isPermitted } from '../http/permission.ts';
import { accessOf, MESSAGES } from '../http/policy.ts';
import type { LiveSockets } from '../live/live-sockets.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { RequireHost } from '../network/hosts.ts';
import type { SshKeyService } from '../ssh-keys/ssh-keys.ts';

export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

export interface UpgradeOptions {
  door: Door;
  requireHost: RequireHost;
  gateway: Gateway;
  liveSockets: LiveSockets;
  registry: ConnectionRegistry;
  sshKeys: SshKeyService;
  addressOf: AddressOf;
}

/** WebSocket handshakes come in by the same door as all requests, and go to the live socket or on to the workspace. */
export function createUpgrade(options: UpgradeOptions): OnUpgrade {
  const { door, requireHost, liveSockets, addressOf } = options;
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
      await attachTerminal(options, { actor, entrance, address, requestId }, { request, socket, head });
      return;
    }
    if (entrance?.operation.id === 'openSsh' && actor !== undefined) {
      await openSsh(options, { actor, entrance, address, requestId }, { request, socket, head });
      return;
    }
    throw new PodexError('not_found', `There is no WebSocket at ${path}.`, {});
  };
}

interface Attaching {
  actor: Actor;
  entrance: Entrance;
  address: string;
  requestId: string;
}

interface Handshake {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** The workspace lets in the keys of this person alone, and on this connection alone. */
async function openSsh(
  { gateway, registry, sshKeys }: Pick<UpgradeOptions, 'gateway' | 'registry' | 'sshKeys'>,
  { actor, entrance: { operation, view }, address, requestId }: Attaching,
  { request, socket, head }: Handshake,
): Promise<void> {
  if (view === undefined) throw new Error('openSsh has no relation in the policy table');
  const keys = await sshKeys.forConnection(actor.userId);
  registerAttached(registry, { actor, view, address, socket });
  const call = {
    actor,
    requestId,
    method: 'GET',
    target: workspaceTarget(operation, request.url ?? '/'),
    access: accessOf(operation.id),
    headers: { [SSH_KEYS_HEADER]: keys.join(',') },
  };
  await gateway.forwardUpgrade(call, request, socket, head);
}

/** Who may not type is shown the terminal alone. */
async function attachTerminal(
  { gateway, registry }: Pick<UpgradeOptions, 'gateway' | 'registry'>,
  { actor, entrance: { operation, view }, address, requestId }: Attaching,
  { request, socket, head }: Handshake,
): Promise<void> {
  if (view === undefined) throw new Error('attachTerminal has no relation in the policy table');
  const typing = MESSAGES['terminal.input'];
  const mayType = isPermitted(actor, typing, view.relation);
  // Who may type no more is cut off, and comes back to watch.
  const atLeast = mayType ? typing.relation.atLeast : view.atLeast;
  registerAttached(registry, { actor, view: { ...view, atLeast }, address, socket });
  const target = workspaceTarget(operation, request.url ?? '/');
  const access = mayType ? 'write' : 'read';
  await gateway.forwardUpgrade({ actor, requestId, method: 'GET', target, access }, request, socket, head);
}

function toHeaders(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  return headers;
}
