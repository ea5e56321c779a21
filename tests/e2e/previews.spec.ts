import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { type WorkspacePort, workspacePorts } from '@podex/contracts/previews';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { beginCommand, deleteWorkspace, runToEnd, writeText } from '../stack/workspace-actions.ts';

const PORT = 5173;
const MEGABYTE = 1_048_576;
const LARGE_BYTES = 128 * MEGABYTE;
/** Of api, beyond what it had: far below the body that goes both ways. */
const GROWTH_BYTES_MAX = 96 * MEGABYTE;

/** A program of a person, on the Node of the workspace image: HTTP, a stream of events, and a WebSocket that echoes short frames. */
const PROGRAM = `
const { createServer } = require('node:http');
const { createHash } = require('node:crypto');
const events = [];
const server = createServer((request, response) => {
  if (request.url === '/echo') return request.pipe(response);
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\\n\\n');
    return events.push(response);
  }
  if (request.url === '/push') for (const one of events) one.write('data: second\\n\\n');
  response.end(process.argv[2] + ' ' + request.headers.host);
});
server.on('upgrade', (request, socket) => {
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: ' + key + '\\r\\n\\r\\n');
  socket.on('error', () => socket.destroy());
  socket.on('data', (frame) => {
    if ((frame[0] & 15) === 8) return socket.end();
    const length = frame[1] & 127;
    const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, at) => byte ^ frame[2 + (at % 4)]));
    socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
  });
});
server.listen(${PORT}, '127.0.0.1');
`;

let stack: Stack;
let person: Person;
let session: string;
let id: string;
let host: string;
const cookies = new Map<string, string>();

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name: 'shown', size: 'small' },
  });
  id = data?.id ?? '';
  await waitUntil(async () => ((await status()) === 'running' ? true : undefined), {
    timeoutMs: 150_000,
    everyMs: 500,
  });
  await writeText(person, id, 'program.cjs', PROGRAM);
  const signedIn = await fetch(`${stack.apiUrl}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.webUrl },
    body: JSON.stringify({ email: person.email, password: person.password }),
  });
  session = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}, 300_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(person, id);
  await stack?.stop();
}, 300_000);

async function status(): Promise<string | undefined> {
  const params = { path: { workspace_id: id } };
  return (await person.client.GET('/api/workspaces/{workspace_id}', { params })).data?.status;
}

async function listPorts(after?: string): Promise<{ items: WorkspacePort[]; revision: string | null }> {
  const query = after === undefined ? '' : `?${new URLSearchParams({ after, wait_ms: '20000' })}`;
  const response = await fetch(`${stack.apiUrl}/api/workspaces/${id}/ports${query}`, {
    headers: { authorization: `Bearer ${person.token}` },
  });
  return workspacePorts.parse(await response.json());
}

const open = (path: string, options: { method?: string; headers?: OutgoingHttpHeaders } = {}) => {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const request = httpRequest({
    host: '127.0.0.1',
    port: new URL(stack.apiUrl).port,
    path,
    agent: false,
    method: options.method ?? 'GET',
    headers: { host, ...(cookie === '' ? {} : { cookie }), ...options.headers },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', (response) => {
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      resolve(response);
    });
    request.once('error', reject);
  });
  return { request, answered };
};

async function ask(path: string, headers: OutgoingHttpHeaders = {}) {
  const { request, answered } = open(path, { headers });
  request.end();
  const response = await answered;
  const chunks: Buffer[] = await response.toArray();
  return {
    status: response.statusCode,
    location: response.headers.location ?? '',
    body: Buffer.concat(chunks).toString(),
  };
}

const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };

/** As Podex’s page does for a browser that a preview has sent there. */
async function letIn(): Promise<void> {
  const { location } = await ask('/', NAVIGATION);
  const state = new URL(location).searchParams.get('state');
  const response = await fetch(`${stack.apiUrl}/api/workspaces/${id}/ports/${PORT}/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: session, origin: stack.webUrl },
    body: JSON.stringify({ state }),
  });
  const { url } = await response.json();
  await ask(`${new URL(url).pathname}${new URL(url).search}`, NAVIGATION);
}

const serve = (name: string) => beginCommand(person, id, `exec node program.cjs ${name}`);
const untilListening = (is = true) =>
  expect
    .poll(
      async () => (await listPorts()).items.some(({ port, is_listening }) => port === PORT && is_listening),
      {
        timeout: 60_000,
      },
    )
    .toBe(is);

async function memoryOfApi(what: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${stack.api.pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

describe('a preview', { timeout: 240_000 }, () => {
  it('is listed as soon as its program listens, by the name of the process', async () => {
    const { revision } = await listPorts();
    const waiting = listPorts(revision ?? '');
    const ready = 'until (exec 3<>/dev/tcp/127.0.0.1/5173) 2>/dev/null; do :; done';
    await serve('one');
    await runToEnd(person, id, `bash -c '${ready}'`);
    const { items } = await waiting;
    expect(items).toMatchObject([{ port: PORT, is_listening: true, process: 'node', access: 'private' }]);
    host = new URL(items[0]?.url ?? '').host;
  });

  it('shows a program to its owner, by way of a sign-in at the preview’s own host', async () => {
    expect((await ask('/')).status).toBe(401);
    await letIn();
    expect(await ask('/', NAVIGATION)).toMatchObject({ status: 200, body: `one localhost:${PORT}` });
  });

  it('streams events as they happen', async () => {
    const { request, answered } = open('/events');
    request.end();
    const response = await answered;
    const next = async () => String((await once(response, 'data'))[0]);
    expect(await next()).toBe('data: first\n\n');
    const second = next();
    await ask('/push');
    expect(await second).toBe('data: second\n\n');
    request.destroy();
  });

  it('carries a large body both ways at once, in memory that does not grow with it', async () => {
    const before = await memoryOfApi('VmRSS');
    await writeFile(`/proc/${stack.api.pid}/clear_refs`, '5');
    const { request, answered } = open('/echo', { method: 'POST' });
    const chunk = Buffer.alloc(MEGABYTE, 'podex ');
    const sending = (async () => {
      for (let sent = 0; sent < LARGE_BYTES; sent += chunk.length) {
        if (!request.write(chunk)) await once(request, 'drain');
      }
      request.end();
    })();
    let received = 0;
    for await (const piece of await answered) received += piece.length;
    await sending;
    expect(received).toBe(LARGE_BYTES);
    expect((await memoryOfApi('VmHWM')) - before).toBeLessThan(GROWTH_BYTES_MAX);
  });

  it('carries WebSockets', async () => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const socket = new WebSocket(stack.apiUrl.replace('http', 'ws'), {
      perMessageDeflate: false,
      headers: { host, cookie, origin: `http://${host}` },
    });
    await once(socket, 'open');
    const echo = once(socket, 'message');
    socket.send('over the link');
    expect(String((await echo)[0])).toBe('over the link');
    socket.terminate();
  });

  it('stays what it is when another program takes its port, and at its address when the workspace starts again', async () => {
    const update = { path: { workspace_id: id, port: PORT } };
    await person.client.PUT('/api/workspaces/{workspace_id}/ports/{port}', {
      params: update,
      body: { access: 'public' },
    });
    await runToEnd(person, id, 'pkill -f program.cjs; true');
    await untilListening(false);
    const gone = await ask('/', NAVIGATION);
    expect([gone.status, gone.body]).toEqual([
      502,
      expect.stringContaining(`Nothing is listening on port ${PORT}`),
    ]);
    await serve('two');
    await untilListening();
    expect((await listPorts()).items[0]?.access).toBe('public');
    expect((await ask('/')).body).toMatch(/^two /);
    const wait = { path: { workspace_id: id }, query: { wait_ms: 60_000 } };
    await person.client.POST('/api/workspaces/{workspace_id}/stop', { params: wait });
    const stopped = await ask('/', NAVIGATION);
    expect([stopped.status, stopped.body]).toEqual([409, expect.stringContaining('Start workspace')]);
    await person.client.POST('/api/workspaces/{workspace_id}/start', { params: wait });
    await serve('three');
    await untilListening();
    expect(await ask('/')).toMatchObject({ status: 200, body: `three localhost:${PORT}` });
  });
});
