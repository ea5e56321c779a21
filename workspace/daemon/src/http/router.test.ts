import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { PodexError } from '@podex/contracts/errors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createLogger } from '../logging/logger.ts';
import { UnixClient } from '../testing/unix-client.ts';
import { createRequestListener, type Route, readJson } from './router.ts';
import { startUnixServer, type UnixServer } from './unix-server.ts';

let root: string;
let server: UnixServer;
let client: UnixClient;
let log = '';
let aborted: Promise<unknown>;

const routes: Route[] = [
  {
    method: 'GET',
    path: '/things/:thing_id',
    answer: async ({ params, query }) => ({ status: 200, body: { params, query }, headers: { etag: '"1"' } }),
  },
  {
    method: 'POST',
    path: '/things',
    async answer({ request }) {
      return { status: 201, body: await readJson(request, z.object({ name: z.string() }), 50) };
    },
  },
  {
    method: 'DELETE',
    path: '/things/:thing_id',
    answer: () => Promise.reject(new PodexError('conflict', 'Not now.', { reason: 'busy' })),
  },
  { method: 'GET', path: '/bug', answer: () => Promise.reject(new Error('secret detail')) },
  {
    method: 'GET',
    path: '/slow',
    answer({ signal }) {
      aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      return new Promise(() => undefined);
    },
  },
];

beforeAll(async () => {
  root = temporaryFolder('router');
  const logger = createLogger('test', {
    write(line) {
      log += line;
    },
  });
  const socketPath = path.join(root, 'run', 'test.sock');
  server = await startUnixServer({ socketPath, onRequest: createRequestListener(routes, logger) });
  client = new UnixClient(socketPath);
});
afterAll(async () => {
  await server.close(0);
  await rm(root, { recursive: true });
});

it('takes paths and queries apart', async () => {
  const response = await client.send('GET', '/things/a%2Fb?x=1&y=%C3%A4', {
    headers: { 'x-request-id': 'given-id-1' },
  });
  expect(JSON.parse(response.body.toString())).toEqual({
    params: { thing_id: 'a/b' },
    query: { x: '1', y: 'ä' },
  });
  expect(response.headers).toMatchObject({ etag: '"1"', 'x-request-id': 'given-id-1' });
});

it('answers refusals as error bodies with the request’s id', async () => {
  const response = await client.send('DELETE', '/things/1', { headers: { 'x-request-id': 'given-id-2' } });
  expect([response.status, JSON.parse(response.body.toString())]).toEqual([
    409,
    {
      error: { code: 'conflict', message: 'Not now.', context: { reason: 'busy' }, request_id: 'given-id-2' },
    },
  ]);
});

it('shows nothing of what went wrong inside, and logs it', async () => {
  const response = await client.send('GET', '/bug');
  expect([response.status, response.code]).toEqual([500, 'internal']);
  expect(response.body.toString()).not.toContain('secret detail');
  expect(log).toContain('secret detail');
  expect(log).toContain(String(response.headers['x-request-id']));
});

it('refuses bodies that are too long, no JSON, or of another shape', async () => {
  expect((await client.send('POST', '/things', { json: { name: 'n' } })).status).toBe(201);
  expect((await client.send('POST', '/things', { json: { name: 'n'.repeat(60) } })).code).toBe('too_large');
  expect((await client.send('POST', '/things', { body: '{' })).code).toBe('invalid_request');
  const wrong = await client.send('POST', '/things', { json: { name: 1 } });
  expect(JSON.parse(wrong.body.toString()).error.context.issues[0]).toContain('name');
});

it('tells unknown paths from unknown methods', async () => {
  expect((await client.send('GET', '/nothing')).code).toBe('not_found');
  expect((await client.send('PUT', '/things/1')).code).toBe('method_not_allowed');
  expect((await client.send('GET', '/things/%zz')).code).toBe('invalid_request');
});

it('reads a target once, as every hop before it does', async () => {
  const queried = await client.send('GET', '/things/1?path=a?b&next=c?d');
  expect(JSON.parse(queried.body.toString()).query).toEqual({ path: 'a?b', next: 'c?d' });
  for (const target of ['http://elsewhere/things/1', '//elsewhere/things/1', '*']) {
    expect([target, (await client.send('GET', target)).code]).toEqual([target, 'invalid_request']);
  }
  for (const target of ['/things/1/../../bug', '/things/%2e%2e/bug']) {
    expect([target, (await client.send('GET', target)).code]).toEqual([target, 'internal']);
  }
});

it('does not take bodies where they mean nothing, and closes the connection', async () => {
  for (const [method, framing] of [
    ['GET', 'Content-Length: 35'],
    ['DELETE', 'Transfer-Encoding: chunked'],
  ] as const) {
    const socket = connect(path.join(root, 'run', 'test.sock'));
    socket.write(
      `${method} /things/1 HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    const received = await text(socket);
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(received.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  }
});

it('tells a handler that its client has gone away', async () => {
  const controller = new AbortController();
  const waiting = client.send('GET', '/slow', { signal: controller.signal }).catch(() => 'gone');
  while (aborted === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();
  await aborted;
  expect(await waiting).toBe('gone');
});
