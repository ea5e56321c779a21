import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import { PodexError } from '@podex/contracts/errors';
import { createWebSocketStream, WebSocket } from 'ws';
import { CliError, EXIT } from '../cli-error.ts';
import type { ApiAddress } from '../connection/api-request.ts';

const HANDSHAKE_TIMEOUT_MS = 30_000;

/** The bytes of one SSH connection to a workspace. @throws CliError with what api refused it for, whose cause is the PodexError. */
export function openSshSocket({ apiUrl, secret, host }: ApiAddress, workspaceId: string): Promise<Duplex> {
  const url = new URL(`/api/workspaces/${workspaceId}/ssh`, apiUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    headers: {
      'user-agent': 'podex',
      ...(host === undefined ? {} : { host }),
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    },
  });
  const stream = createWebSocketStream(socket);
  // Once it is connected, its end is told by the pipes that use it.
  stream.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(stream));
    socket.once('unexpected-response', (_request, response) => void refusalOf(response).then(reject));
    socket.once('error', (cause) =>
      reject(new CliError(`Can’t reach Podex at ${apiUrl}`, { exitCode: EXIT.notRunning, cause })),
    );
  });
}

async function refusalOf(response: IncomingMessage): Promise<CliError> {
  const error = PodexError.fromBody(await json(response).catch(() => undefined));
  return new CliError(error.message, {
    cause: error,
    ...(PodexError.has(error, 'unauthenticated') ? { cure: 'podex login' } : {}),
  });
}
