import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { terminalId } from '@podex/contracts/ids';
import { SMALL_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { attachTerminalQuery, createTerminalInput, renameTerminalInput } from '@podex/contracts/terminals';
import type { WebSocketServer } from 'ws';
import { parseRequestTarget, requireNoStrayBody } from '../http/message.ts';
import { type Route, readJson } from '../http/router.ts';
import type { Terminals } from './terminals.ts';

/** One paste. */
const MAX_INPUT_BYTES = 4_194_304;

export function terminalRoutes(terminals: Terminals): Route[] {
  return [
    {
      method: 'POST',
      path: '/terminals',
      async answer({ request }) {
        const input = await readJson(request, createTerminalInput, SMALL_BODY_BYTES_MAX);
        return { status: 201, body: await terminals.open(input) };
      },
    },
    {
      method: 'GET',
      path: '/terminals',
      answer: async () => ({ status: 200, body: { items: await terminals.list(), next: null } }),
    },
    {
      method: 'PATCH',
      path: '/terminals/:terminal_id',
      async answer({ params, request }) {
        const { name } = await readJson(request, renameTerminalInput, SMALL_BODY_BYTES_MAX);
        return { status: 200, body: await terminals.rename(terminalId.parse(params.terminal_id), name) };
      },
    },
    {
      method: 'DELETE',
      path: '/terminals/:terminal_id',
      async answer({ params }) {
        await terminals.close(terminalId.parse(params.terminal_id));
        return { status: 204 };
      },
    },
  ];
}

/** Serves `GET /terminals/{id}/attach?after=`, and `…/watch?after=` for viewers who may not type. */
export function terminalUpgrade(
  terminals: Terminals,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> {
  let server: WebSocketServer | undefined;
  return async (request, socket, head) => {
    requireNoStrayBody(request);
    const { pathname, searchParams } = parseRequestTarget(request.url);
    const [, id, how] = /^\/terminals\/([^/]+)\/(attach|watch)$/.exec(pathname) ?? [];
    if (id === undefined) throw new PodexError('not_found', `There is no WebSocket at ${pathname}.`, {});
    const { after } = attachTerminalQuery.parse(Object.fromEntries(searchParams));
    const terminal = await terminals.find(terminalId.parse(id));
    server ??= await createWebSocketServer();
    server.handleUpgrade(request, socket, head, (client) =>
      terminal.attach(client, { after, mayType: how === 'attach' }),
    );
  };
}

/** Loaded with the first attachment: it brings TLS code along that nobody else here needs. */
async function createWebSocketServer(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  const options = { noServer: true, clientTracking: false, perMessageDeflate: false };
  return new WebSocketServer({ ...options, maxPayload: MAX_INPUT_BYTES });
}
