import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { waitUntil } from '@podex/service-kit/waiting';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Person } from '../stack/person.ts';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  writeText,
} from '../stack/workspace-actions.ts';

const PORT = 5173;
const MEGABYTE = 1_048_576;
/** A message of which api would hold all, if it held any message whole. */
const LARGE = 192 * MEGABYTE;
/** Of api, beyond what it had: half of what goes each way. What its own garbage adds was seen to be 20 to 73 MB. */
const GROWTH_BYTES_MAX = 96 * MEGABYTE;

/** Each is one message; together 64 MB. */
const SIZES = [125, 126, 65_535, 65_536, 3 * MEGABYTE, 13 * MEGABYTE, 16 * MEGABYTE, 32 * MEGABYTE];

/** A program of a person: says back what it is told, compressed for who asks for that, and closes with the code that it is sent. */
const PROGRAM = `
import { WebSocketServer } from 'ws';
const server = new WebSocketServer({ port: ${PORT}, host: '127.0.0.1', maxPayload: 0, perMessageDeflate: { threshold: 0 } });
server.on('connection', (socket) => {
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => { last = code + ' ' + reason; });
  socket.on('message', (data, binary) => {
    const text = binary ? '' : String(data);
    if (text === 'last') socket.send(last);
    else if (text.startsWith('close ')) socket.close(Number(text.slice(6)), 'by the program');
    else socket.send(data, { binary });
  });
});
let last = '';
`;

let stack: Stack;
let person: Person;
let id: string;
let host: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  id = await createRunningWorkspace(person, 'shown');
  const { outputFiles } = buildSync({
    stdin: { contents: PROGRAM, resolveDir: REPOSITORY },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['bufferutil', 'utf-8-validate'],
    write: false,
  });
  await writeText(person, id, 'program.cjs', outputFiles[0]?.text ?? '');
  await beginCommand(person, id, 'exec node program.cjs');
  const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/ports/{port}', {
    params: { path: { workspace_id: id, port: PORT } },
    body: { access: 'public' },
  });
  ({ host } = new URL(data?.url ?? ''));
  await waitUntil(() => open().then(close, () => undefined), { timeoutMs: 60_000, everyMs: 500 });
}, 300_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(person, id);
  await stack?.stop();
}, 300_000);

async function open(perMessageDeflate = false): Promise<WebSocket> {
  const socket = new WebSocket(stack.apiUrl.replace('http', 'ws'), {
    perMessageDeflate: perMessageDeflate ? { threshold: 0 } : false,
    maxPayload: 0,
    headers: { host },
  });
  await once(socket, 'open');
  return socket;
}

async function close(socket: WebSocket): Promise<true> {
  socket.close();
  await once(socket, 'close');
  return true;
}

const bytesOf = (length: number) =>
  Buffer.alloc(length, createHash('sha512').update(String(length)).digest());

async function sendAndReceive(socket: WebSocket, size: number): Promise<void> {
  const sent = bytesOf(size);
  const back = once(socket, 'message');
  const third = Math.ceil(size / 3);
  for (const at of [0, third, 2 * third]) {
    socket.send(sent.subarray(at, at + third), { fin: at === 2 * third, binary: true });
  }
  expect([size, sent.equals((await back)[0])]).toEqual([size, true]);
}

async function highestMemory(act: () => Promise<void>): Promise<number> {
  const status = `/proc/${stack.api.pid}/status`;
  const read = async (what: string) =>
    Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(await readFile(status, 'utf8'))?.[1]) * 1024;
  const before = await read('VmRSS');
  await writeFile(`/proc/${stack.api.pid}/clear_refs`, '5');
  await act();
  return (await read('VmHWM')) - before;
}

describe('a WebSocket through a preview', { timeout: 240_000 }, () => {
  it('carries 64 MB there and back, whole and in fragments', async () => {
    const socket = await open();
    for (const size of SIZES) await sendAndReceive(socket, size);
    await close(socket);
  });

  it('holds little of a large message at a time', async () => {
    const socket = await open();
    const growth = await highestMemory(() => sendAndReceive(socket, LARGE));
    expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
    await close(socket);
  });

  it('carries compressed messages, where both agree', async () => {
    const socket = await open(true);
    expect(socket.extensions).toContain('permessage-deflate');
    for (const size of [0, 1, 65_536, 8 * MEGABYTE]) {
      const back = once(socket, 'message');
      socket.send(bytesOf(size));
      expect([size, bytesOf(size).equals((await back)[0])]).toEqual([size, true]);
    }
    await close(socket);
  });

  it('ends with the code and the reason of whichever side closes it', async () => {
    const socket = await open();
    const closed = once(socket, 'close');
    socket.send('close 4321');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4321, 'by the program']);
    const mine = await open();
    mine.close(4002, 'by the client');
    await once(mine, 'close');
    const asking = await open();
    const last = once(asking, 'message');
    asking.send('last');
    expect(String((await last)[0])).toBe('4002 by the client');
    await close(asking);
  });
});
