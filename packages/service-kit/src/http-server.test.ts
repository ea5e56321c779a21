import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { afterEach, expect, it } from 'vitest';
import { admitSocket, type HttpServer, type HttpServerOptions, startHttpServer } from './http-server.ts';

const stack: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of stack.splice(0).reverse()) await undo();
});

const app = new Hono()
  .get('/', (context) => context.text('hello'))
  .post('/read', async (context) => context.text(String((await context.req.text()).length)))
  .post('/refuse', (context) => context.text('no', 403));
app.onError((error, context) => context.text(error.message, 500));

async function serve(options: Partial<HttpServerOptions>): Promise<HttpServer> {
  const server = await startHttpServer({ fetch: app.fetch, port: 0, host: '127.0.0.1', ...options });
  stack.push(() => server.close(0));
  return server;
}

/** A connection that says what it is told to and nothing else. */
async function dial(
  server: HttpServer,
  localAddress = '127.0.0.1',
): Promise<{ socket: Socket; all: Promise<string>; read: () => string }> {
  const socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
  stack.push(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  const all = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  await once(socket, 'connect');
  return { socket, all, read: () => text };
}

/** One byte every 20 ms, until the other side has had enough. */
function trickle(socket: Socket, text: string): void {
  let sent = 0;
  const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), 20);
  socket.on('close', () => clearInterval(timer));
}

const ENDLESS = 'content-length: 1000000\r\n\r\n';

it('cuts headers that never come, and headers that come byte by byte', async () => {
  const server = await serve({ headersTimeoutMs: 300 });
  const [silent, slow] = [await dial(server), await dial(server)];
  slow.socket.write('GET / HTTP/1.1\r\nhost: a\r\nx: ');
  trickle(slow.socket, 'x');
  for (const { all } of [silent, slow]) {
    const response = await all;
    expect(response).toMatch(/^HTTP\/1\.1 408 /);
    expect(response).toContain('"code":"timed_out"');
    expect(response).toContain('The headers of the request did not arrive');
  }
});

it('cuts a body that never comes, and one that comes byte by byte', async () => {
  const server = await serve({ bodyDeadlineMs: () => 300 });
  const [silent, slow, chunked] = [await dial(server), await dial(server), await dial(server)];
  for (const { socket } of [silent, slow]) socket.write(`POST /read HTTP/1.1\r\nhost: a\r\n${ENDLESS}`);
  chunked.socket.write('POST /read HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
  trickle(slow.socket, 'x');
  trickle(chunked.socket, '1\r\nx\r\n');
  for (const { all } of [silent, slow, chunked]) {
    const response = await all;
    expect(response).toMatch(/^HTTP\/1\.1 408 /);
    expect(response).toContain('"code":"timed_out"');
    expect(response).toContain('The body of the request did not arrive');
  }
});

it('leaves a body alone that is exempt, and one that comes in time', async () => {
  const server = await serve({
    bodyDeadlineMs: (request) => (request.headers.host === 'long' ? undefined : 300),
  });
  const long = await dial(server);
  long.socket.write('POST /read HTTP/1.1\r\nhost: long\r\ncontent-length: 40\r\nconnection: close\r\n\r\n');
  trickle(long.socket, 'x');
  const inTime = await fetch(`http://127.0.0.1:${server.port}/read`, {
    method: 'POST',
    body: 'x'.repeat(100_000),
  });
  expect(await inTime.text()).toBe('100000');
  expect(await long.all).toMatch(/^HTTP\/1\.1 200 /);
});

it('does not wait for the body of a request that was refused, exempt or not', async () => {
  const server = await serve({ bodyDeadlineMs: () => undefined });
  const refused = await dial(server);
  refused.socket.write(`POST /refuse HTTP/1.1\r\nhost: a\r\n${ENDLESS}`);
  trickle(refused.socket, 'x');
  expect(await refused.all).toMatch(/^HTTP\/1\.1 403 /);
});

it('does not wait for the body of a request whose response was given past the framework', async () => {
  const server = await serve({
    fetch: (_request, env) => {
      if ('outgoing' in env && env.outgoing instanceof ServerResponse)
        env.outgoing.writeHead(409).end('stopped');
      return RESPONSE_ALREADY_SENT;
    },
  });
  const forwarded = await dial(server);
  forwarded.socket.write(`PUT / HTTP/1.1\r\nhost: a\r\n${ENDLESS}`);
  expect(await forwarded.all).toMatch(/^HTTP\/1\.1 409 /);
});

it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
  'refuses a %s with a body, and reads nothing after it',
  async (method) => {
    const server = await serve({});
    const stray = await dial(server);
    const second = 'POST /read HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n';
    stray.socket.write(
      `${method} /read HTTP/1.1\r\nhost: a\r\ncontent-length: ${second.length}\r\n\r\n${second}`,
    );
    const response = await stray.all;
    expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(response.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  },
);

it('answers what is no HTTP with the error body', async () => {
  const server = await serve({});
  const strange = await dial(server);
  strange.socket.write('SSH-2.0-client\r\n\r\n');
  const response = await strange.all;
  expect(response).toMatch(/^HTTP\/1\.1 400 /);
  expect(response).toContain('"code":"invalid_request"');
});

it('limits the connections of one address until they show who they are', async () => {
  const server = await serve({
    limits: { unknownPerAddressMax: 3 },
    fetch: (request, env) => {
      if (request.headers.has('authorization') && 'incoming' in env) admitSocket(env.incoming.socket);
      return app.fetch(request, env);
    },
  });
  const known = await dial(server);
  known.socket.write('GET / HTTP/1.1\r\nhost: a\r\nauthorization: x\r\n\r\n');
  await expect.poll(known.read).toContain('hello');
  const unknown = [await dial(server), await dial(server), await dial(server)];
  const above = await dial(server);
  above.socket.write('POST /read HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx');
  const refusal = await above.all;
  expect(refusal).toMatch(/^HTTP\/1\.1 429 /);
  expect(refusal).toContain('"limit":"connections_per_address","max":3');
  expect(unknown.map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  for (const { socket } of unknown) socket.destroy();
  await Promise.all(unknown.map(({ all }) => all));
  await expect
    .poll(async () => {
      const later = await dial(server);
      later.socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      return later.all;
    })
    .toContain('hello');
});

it('counts a network as one address', async () => {
  const server = await serve({ limits: { unknownPerAddressMax: 1, networkOf: () => 'one network' } });
  const first = await dial(server);
  const second = await dial(server, '127.0.0.2');
  expect(await second.all).toMatch(/^HTTP\/1\.1 429 /);
  expect(first.socket.destroyed).toBe(false);
});

it('keeps so many connections of one owner open, and closes others after their response', async () => {
  const server = await serve({
    limits: { keptPerOwnerMax: 2 },
    fetch: (request, env) => {
      const owner = request.headers.get('authorization') ?? undefined;
      if (!('incoming' in env) || !(env.outgoing instanceof ServerResponse)) return app.fetch(request, env);
      if (!admitSocket(env.incoming.socket, owner)) env.outgoing.shouldKeepAlive = false;
      return app.fetch(request, env);
    },
  });
  const ask = async (owner: string) => {
    const one = await dial(server);
    one.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nauthorization: ${owner}\r\n\r\n`);
    await expect.poll(one.read).toContain('hello');
    return one;
  };
  const [first, second, above] = [await ask('her'), await ask('her'), await ask('her')];
  expect(await above.all).toMatch(/connection: close/i);
  const other = await ask('him');
  expect([first, second, other].map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  first.socket.destroy();
  await expect.poll(async () => (await ask('her')).read()).toMatch(/connection: keep-alive/i);
});

it('cuts a client that reads nothing of a large response, not one that reads slowly', async () => {
  const size = 32 * 1024 * 1024;
  // Far above the steps in which the operating system’s own buffers show that somebody reads.
  const stalledMsMax = 1_500;
  const served: Socket[] = [];
  const server = await serve({
    limits: { stalledMsMax },
    fetch: (_request, env) => {
      if ('incoming' in env) served.push(env.incoming.socket);
      return new Response('x'.repeat(size));
    },
  });
  const get = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
  const stalled = await dial(server);
  stalled.socket.pause();
  stalled.socket.write(get);
  await expect.poll(() => served.length).toBe(1);
  const startedAt = performance.now();
  const slow = await dial(server);
  slow.socket.on('data', () => {
    const isEnough = performance.now() - startedAt > 2 * stalledMsMax;
    if (isEnough) return;
    slow.socket.pause();
    setTimeout(() => slow.socket.resume(), 8);
  });
  slow.socket.write(get);
  expect((await slow.all).length).toBeGreaterThan(size);
  expect(performance.now() - startedAt).toBeGreaterThan(stalledMsMax);
  await expect.poll(() => served[0]?.destroyed, { timeout: 10_000 }).toBe(true);
  stalled.socket.resume();
  expect((await stalled.all).length).toBeLessThan(size);
}, 30_000);
