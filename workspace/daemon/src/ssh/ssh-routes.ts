import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { SSH_KEYS_HEADER, SSH_KEYS_PER_USER_MAX, SSH_PATH } from '@podex/contracts/ssh';
import type { WebSocket, WebSocketServer } from 'ws';
import { parseRequestTarget, requireNoStrayBody } from '../http/message.ts';
import type { Route } from '../http/router.ts';
import type { HostKey } from './host-key.ts';
import type { SshConnections } from './ssh-connections.ts';

const FRAME_BYTES_MAX = 1_048_576;
/** A type and base64, as one line of an authorized_keys file: no options, nothing that ends the line. */
const KEY = /^[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{1,1000}={0,2}$/;

export function sshRoutes(hostKey: HostKey): Route[] {
  return [
    {
      method: 'GET',
      path: `${SSH_PATH}/host_key`,
      answer: async () => ({ status: 200, body: await hostKey.describe() }),
    },
  ];
}

export function isSshTarget(target: string | undefined): boolean {
  return parseRequestTarget(target).pathname === SSH_PATH;
}

/** Serves `GET /ssh`: one SSH connection, which the keys in its header may open. */
export function sshUpgrade(
  connections: SshConnections,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> {
  let accepting: Accepting | undefined;
  return async (request, socket, head) => {
    requireNoStrayBody(request);
    const start = await connections.prepare(readKeys(request));
    accepting ??= await loadAccepting();
    const { server, streamOf } = accepting;
    // A stream at once: what a client says first comes before sshd runs.
    server.handleUpgrade(request, socket, head, (client) =>
      connections.accept(client, streamOf(client), start),
    );
  };
}

interface Accepting {
  server: WebSocketServer;
  streamOf: (client: WebSocket) => Duplex;
}

/** @throws PodexError invalid_request. */
function readKeys({ headers }: IncomingMessage): string[] {
  const given = headers[SSH_KEYS_HEADER];
  const keys = typeof given === 'string' ? given.split(',') : [];
  const isGood =
    keys.length > 0 && keys.length <= SSH_KEYS_PER_USER_MAX && keys.every((key) => KEY.test(key));
  if (isGood) return keys;
  throw new PodexError('invalid_request', 'An SSH connection needs the keys that may open it.', {});
}

/** Loaded with the first connection, as for terminals. */
async function loadAccepting(): Promise<Accepting> {
  const { createWebSocketStream, WebSocketServer } = await import('ws');
  const options = { noServer: true, clientTracking: false, perMessageDeflate: false };
  return {
    server: new WebSocketServer({ ...options, maxPayload: FRAME_BYTES_MAX }),
    streamOf: (client) => createWebSocketStream(client, { allowHalfOpen: false }),
  };
}
