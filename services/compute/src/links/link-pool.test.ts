import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, Socket } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { createLogger } from '@podex/service-kit/logger';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { BridgeDouble } from '../../testing/bridge-double.ts';
import { callDaemon } from './daemon-client.ts';
import { Link } from './link.ts';
import { LinkPool } from './link-pool.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const daemon = { kind: 'daemon' } as const;
const place = { serverId: 's', containerId: 'c' };
const soon = { timeoutMs: 2000 };

const servers: Server[] = [];
const pools: LinkPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function daemonPort(): Promise<number> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end(JSON.stringify({ method: request.method, body })));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function poolOf(openBridge: () => Promise<BridgeDouble | undefined>): {
  pool: LinkPool;
  opened: BridgeDouble[];
} {
  const opened: BridgeDouble[] = [];
  const pool = new LinkPool({
    logger,
    openBridge: async () => {
      const bridge = await openBridge();
      if (bridge !== undefined) opened.push(bridge);
      return bridge?.stream;
    },
  });
  pools.push(pool);
  return { pool, opened };
}

const echo = z.object({ method: z.string(), body: z.string() });

function send(pool: LinkPool, body: string) {
  const call = { method: 'POST', path: '/', body };
  return callDaemon((options) => pool.connect(place, daemon, options), echo, call, soon);
}

describe('LinkPool', () => {
  it('carries requests with their bodies over one link', async () => {
    const port = await daemonPort();
    const { pool, opened } = poolOf(() => BridgeDouble.start(port));
    const answers = await Promise.all(['a', 'b'.repeat(100_000), ''].map((body) => send(pool, body)));
    expect(answers.map(({ body }) => JSON.parse(body).length)).toEqual([1, 100_000, 0]);
    expect(opened).toHaveLength(1);
    expect(pool.size).toBe(1);
  });

  it('replaces a link that broke, without the caller’s noticing', async () => {
    const port = await daemonPort();
    const { pool, opened } = poolOf(() => BridgeDouble.start(port));
    await send(pool, 'a');
    opened[0]?.end();
    expect((await send(pool, 'b')).body).toBe('"b"');
    expect(opened).toHaveLength(2);
  });

  it('says that nothing listens on a port, and keeps the link', async () => {
    const { pool, opened } = poolOf(() => BridgeDouble.start(1));
    const refused = pool.connect(place, { kind: 'port', port: 1 }, soon);
    await expect(refused).rejects.toSatisfy((error) => PodexError.has(error, 'port_not_listening'));
    expect(opened).toHaveLength(1);
    expect(pool.size).toBe(1);
  });

  it('says that the container does not run', async () => {
    const { pool } = poolOf(async () => undefined);
    await expect(pool.connect(place, daemon, soon)).rejects.toSatisfy((error) =>
      PodexError.has(error, 'workspace_not_running'),
    );
  });

  it('closes what is open to a container that has ended', async () => {
    const port = await daemonPort();
    const { pool } = poolOf(() => BridgeDouble.start(port));
    const connection = await pool.connect(place, daemon, soon);
    const closed = new Promise((resolve) => connection.once('close', resolve));
    connection.on('error', () => undefined);
    pool.closeContainer(place.containerId);
    await closed;
    expect(pool.size).toBe(0);
  });

  it('stops waiting when the caller does', async () => {
    const { pool } = poolOf(async () => {
      const bridge = await BridgeDouble.start(1);
      bridge.freeze();
      return bridge;
    });
    const controller = new AbortController();
    const waiting = pool.connect(place, daemon, { signal: controller.signal, timeoutMs: 10_000 });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a connection that is one of many', () => {
  /** A daemon that keeps its connections, and sends what it is sent. */
  async function echoDaemon(): Promise<{ port: number; connections: Socket[] }> {
    const connections: Socket[] = [];
    const server = createTcpServer((socket) => {
      connections.push(socket);
      socket.on('error', () => undefined).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { port: (server.address() as AddressInfo).port, connections };
  }

  async function openLink(port: number): Promise<Link> {
    const link = await Link.open((await BridgeDouble.start(port)).stream, soon);
    onTestFinished(() => link.close());
    return link;
  }

  const oneOfMany = { ...soon, isOneOfMany: true };

  async function use(link: Link): Promise<string> {
    const connection = await link.connect(daemon, oneOfMany);
    connection.write('hello');
    const [chunk] = await once(connection, 'data');
    connection.destroy();
    return String(chunk);
  }

  it('has the next one opened ahead, which is used then', async () => {
    const { port, connections } = await echoDaemon();
    const link = await openLink(port);
    await use(link);
    await expect.poll(() => connections.length).toBe(2);
    const connection = await link.connect(daemon, oneOfMany);
    connection.write('hello');
    expect(String((await once(connection, 'data'))[0])).toBe('hello');
    expect(connections).toHaveLength(2);
  });

  it('is opened when it is needed where the one ahead has died', async () => {
    const { port, connections } = await echoDaemon();
    const link = await openLink(port);
    await use(link);
    await expect.poll(() => connections.length).toBe(2);
    const died = once(connections[1] ?? new Socket(), 'close');
    connections[1]?.destroy();
    await died;
    await link.connect({ kind: 'port', port: 1 }, soon).catch(() => undefined);
    expect(await use(link)).toBe('hello');
  });

  it('leaves the link idle while it only waits, and is closed when the other side is frozen', async () => {
    const { port, connections } = await echoDaemon();
    const link = await openLink(port);
    await use(link);
    await expect.poll(() => connections.length).toBe(2);
    await expect.poll(() => link.idleMs()).toBeGreaterThan(0);
    const closed = once(connections[1] ?? new Socket(), 'close');
    link.rest();
    await closed;
  });
});

describe('Link', () => {
  it('notices a dead link by itself', async () => {
    const port = await daemonPort();
    const bridge = await BridgeDouble.start(port);
    const link = await Link.open(bridge.stream, soon, { pingEveryMs: 50, pingTimeoutMs: 500 });
    const connection = await link.connect(daemon, soon);
    connection.on('error', () => undefined);
    bridge.freeze();
    await link.closed;
    expect(link.isOpen).toBe(false);
    expect(connection.destroyed).toBe(true);
  });

  it('knows how long nobody has used it', async () => {
    const port = await daemonPort();
    const link = await Link.open((await BridgeDouble.start(port)).stream, soon);
    const connection = await link.connect(daemon, soon);
    expect(link.idleMs()).toBe(0);
    connection.destroy();
    await new Promise((resolve) => connection.once('close', resolve));
    await expect.poll(() => link.idleMs()).toBeGreaterThan(0);
    link.close();
  });

  it('says what the bridge complained about', async () => {
    const { stream } = await BridgeDouble.start(1);
    stream.stderr = 'exec /opt/podex/node: no such file\n';
    const opening = Link.open(stream, soon);
    stream.destroy();
    await expect(opening).rejects.toThrow('no such file');
  });

  it('keeps to the pace of a slow reader', async () => {
    const flood = createServer((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const write = () => {
        while (response.write(chunk)) sent += chunk.length;
        response.once('drain', write);
      };
      write();
    });
    let sent = 0;
    servers.push(flood);
    await new Promise<void>((resolve) => flood.listen(0, '127.0.0.1', resolve));
    const bridge = await BridgeDouble.start((flood.address() as AddressInfo).port);
    const link = await Link.open(bridge.stream, soon);
    const connection = await link.connect(daemon, soon);
    connection.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => connection.once('readable', resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sent).toBeLessThan(30_000_000);
    link.close();
  });
});
