import { once } from 'node:events';
import { request } from 'node:http';
import { newId } from '@podex/contracts/ids';
import { WebSocket } from 'ws';
import type { TestApi } from './test-api.ts';

/** One open connection, and how it ended. */
export interface Opened {
  name: string;
  /** When it ended, by `performance.now()`; undefined while it is open. */
  endedAt: number | undefined;
  closeCode?: number;
  /** What came of the body. */
  text: string;
  cut(): void;
}

export interface Surroundings {
  api: TestApi;
  headers: Record<string, string>;
  workspaceId: string;
  conversationId: string;
}

/** One connection of each kind that lasts. Resolves when all of them are open. */
export async function openEveryKind({
  api,
  headers,
  workspaceId,
  conversationId,
}: Surroundings): Promise<Opened[]> {
  const inside = `/api/workspaces/${workspaceId}`;
  const command = newId('command');
  return Promise.all([
    openSocket('live socket', api, '/api/live', headers),
    openSocket('terminal', api, `${inside}/terminals/${newId('terminal')}/attach`, headers),
    openSocket('SSH connection', api, `${inside}/ssh`, headers),
    openStream('event stream', api, `/api/conversations/${conversationId}/events?after=0`, headers),
    openStream('command output', api, `${inside}/commands/${command}/output`, headers),
    openUpload('upload', api, `${inside}/files/content?path=a`, headers),
    openWait('long wait', api, '/api/workspaces?wait_ms=30000', headers),
  ]);
}

export async function openSocket(
  name: string,
  api: TestApi,
  path: string,
  headers: Record<string, string>,
): Promise<Opened> {
  const socket = new WebSocket(api.baseUrl.replace('http', 'ws') + path, { headers });
  const opened: Opened = { name, endedAt: undefined, text: '', cut: () => socket.terminate() };
  socket.on('close', (code) => {
    opened.endedAt = performance.now();
    opened.closeCode = code;
  });
  await once(socket, 'open');
  return opened;
}

export async function openStream(
  name: string,
  api: Pick<TestApi, 'baseUrl'>,
  path: string,
  headers: Record<string, string>,
): Promise<Opened> {
  const opened = start(name, api, 'GET', path, headers);
  opened.sent.end();
  await once(opened.sent, 'response');
  return opened;
}

async function openUpload(
  name: string,
  api: TestApi,
  path: string,
  headers: Record<string, string>,
): Promise<Opened> {
  const opened = start(name, api, 'PUT', path, { ...headers, 'content-length': '1000000' });
  await new Promise((resolve) => opened.sent.write('the first bytes', resolve));
  return opened;
}

async function openWait(
  name: string,
  api: TestApi,
  path: string,
  headers: Record<string, string>,
): Promise<Opened> {
  const opened = start(name, api, 'POST', path, { ...headers, 'content-type': 'application/json' });
  await new Promise<void>((resolve) => opened.sent.end(JSON.stringify({ name: 'waiting' }), () => resolve()));
  return opened;
}

function start(
  name: string,
  api: Pick<TestApi, 'baseUrl'>,
  method: string,
  path: string,
  headers: Record<string, string>,
) {
  const sent = request(new URL(path, api.baseUrl), { method, headers, agent: false });
  const opened = {
    name,
    endedAt: undefined as number | undefined,
    text: '',
    sent,
    cut: () => sent.destroy(),
  };
  sent.on('error', () => undefined);
  sent.on('close', () => {
    opened.endedAt = performance.now();
  });
  sent.on('response', (response) => {
    response.on('error', () => undefined);
    response.on('data', (chunk) => {
      opened.text += chunk;
    });
  });
  return opened;
}
