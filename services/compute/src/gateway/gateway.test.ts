import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { TURN_ATTEMPT_HEADER } from '@podex/contracts/internal/turn-attempt';
import { Background } from '@podex/service-kit/background';
import { createCapabilityCheck, createCapabilitySigner, requestClaims } from '@podex/service-kit/capability';
import { useHttpBasics } from '@podex/service-kit/http-app';
import { startHttpServer } from '@podex/service-kit/http-server';
import { createLogger } from '@podex/service-kit/logger';
import { afterEach, describe, expect, it } from 'vitest';
import { countResponses, RawClient } from '../../../../packages/service-kit/testing/raw-client.ts';
import { BridgeDouble } from '../../testing/bridge-double.ts';
import { capabilityFor, INTERNAL_KEY } from '../../testing/compute-client.ts';
import { ContainerIndex } from '../containers/container-index.ts';
import { LABEL_WORKSPACE_ID } from '../docker/labels.ts';
import { createComputeApp } from '../http/compute-app.ts';
import { LinkPool } from '../links/link-pool.ts';
import { SILENT_BUILD } from '../runtime/daemon-standing.ts';
import type { DaemonUpdates } from '../runtime/daemon-updates.ts';
import { Activity } from './activity.ts';
import { Gateway } from './gateway.ts';
import { addGatewayRoutes } from './gateway-routes.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const workspace = newId('workspace');
const server = newId('server');

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** `upgraded` takes the path of each handshake. */
async function startDaemon(upgraded: string[]): Promise<number> {
  const daemon: Server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/unknown' || request.url === '/missing') {
      const code = request.url === '/missing' ? 'terminal_not_found' : 'not_found';
      const body = `{"error":{"code":"${code}","message":"There is no GET ${request.url}.","request_id":"r"}}`;
      response.writeHead(404, { 'content-length': body.length }).end(body);
      return;
    }
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  daemon.on('upgrade', (request: IncomingMessage, socket) => {
    upgraded.push(request.url ?? '');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => daemon.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    daemon.closeAllConnections();
    daemon.close();
  });
  return (daemon.address() as AddressInfo).port;
}

interface World {
  /** Containers that the engine would list, by id; the bridge starts in these only. */
  running: string[];
  isPaused?: boolean;
  /** What is known of the daemon. */
  daemon?: ReturnType<DaemonUpdates['find']>;
}

async function startGateway(world: World) {
  const upgraded: string[] = [];
  const port = await startDaemon(upgraded);
  const index = new ContainerIndex();
  const links = new LinkPool({
    logger,
    openBridge: async ({ containerId }) =>
      world.running.includes(containerId) ? (await BridgeDouble.start(port)).stream : undefined,
  });
  const active: string[] = [];
  const activity = new Activity(async (ids) => void active.push(...ids));
  let listings = 0;
  const refreshIndex = async () => {
    listings += 1;
    const labels = { [LABEL_WORKSPACE_ID]: workspace };
    const listing = index.replace(
      server,
      world.running.map((id) => {
        const state = world.isPaused === true ? 'paused' : 'running';
        return { id, name: '', state, createdAtMs: 0, labels };
      }),
    );
    index.confirm(server, listing, []);
  };
  const gateway = new Gateway({
    index,
    refreshIndex,
    links,
    activity,
    updates: { find: () => world.daemon },
    onUse: () => undefined,
    checkCapability: createCapabilityCheck(INTERNAL_KEY),
  });
  const app = createComputeApp();
  useHttpBasics(app, logger);
  addGatewayRoutes(app, gateway);
  const http = await startHttpServer({
    fetch: app.fetch,
    port: 0,
    host: '127.0.0.1',
    onUpgrade: (request, socket, head) => gateway.forwardUpgrade('request-1', request, socket, head),
  });
  closers.push(async () => links.close());
  closers.push(() => http.close(0));
  const base = `http://127.0.0.1:${http.port}/workspaces/${workspace}`;
  const capability = await capabilityFor(workspace);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${base}${path}`, { ...init, headers: { authorization: `Bearer ${capability}` } });
  return {
    ask,
    base,
    capability,
    port: http.port,
    upgraded,
    links,
    activity,
    active,
    refreshIndex,
    listings: () => listings,
  };
}

describe('the gateway', () => {
  it('forwards path and query to the daemon, and keeps the capability to itself', async () => {
    const { ask } = await startGateway({ running: ['c1'] });
    const answer = await (await ask('/files/content?path=%2Fa%20b')).json();
    expect(answer.url).toBe('/files/content?path=%2Fa%20b');
    expect(answer.headers).not.toHaveProperty('authorization');
    expect(answer.headers).toHaveProperty('x-request-id');
  });

  it.each([
    [undefined, 404, 'not_found', 'There is no GET /unknown.'],
    ['current', 404, 'not_found', 'There is no GET /unknown.'],
    ['offer', 409, 'daemon_outdated', /older Podex daemon\. Stop and start it to update\.$/],
    ['at_next_start', 409, 'daemon_outdated', /older Podex daemon\. Stop and start it to update\.$/],
    ['needs_rebuild', 409, 'daemon_outdated', /older Podex daemon\. Rebuild it to update\.$/],
  ] as const)(
    'says of what a daemon that is %s does not know: %i %s',
    async (standing, status, code, message) => {
      const daemon = { build: SILENT_BUILD, standing };
      const { ask } = await startGateway({ running: ['c1'], ...(standing === undefined ? {} : { daemon }) });
      const response = await ask('/unknown');
      const expected = typeof message === 'string' ? message : expect.stringMatching(message);
      expect([response.status, (await response.json()).error]).toMatchObject([
        status,
        { code, message: expected },
      ]);
      // What is said of a thing and not of a route stands, and the connection goes on with the next request.
      const missing = await ask('/missing');
      expect([missing.status, (await missing.json()).error.code]).toEqual([404, 'terminal_not_found']);
      expect((await ask('/unknown', { method: 'HEAD' })).status).toBe(404);
      expect((await ask('/files')).status).toBe(200);
    },
  );

  it('tells the daemon the attempt of a worker, and of nobody else, whatever the client says', async () => {
    const { base } = await startGateway({ running: ['c1'] });
    const sign = createCapabilitySigner(INTERNAL_KEY);
    const turn = newId('turn');
    const attemptToldFor = async (token: string) => {
      const headers = { authorization: `Bearer ${token}`, [TURN_ATTEMPT_HEADER]: `${turn}/9` };
      const { headers: told } = await (await fetch(`${base}/files?path=a`, { headers })).json();
      return told[TURN_ATTEMPT_HEADER];
    };
    const worker = { kind: 'turn', workspace_id: workspace, turn_id: turn, access: 'write' } as const;
    expect(await attemptToldFor(await sign({ ...worker, attempt: 3 }))).toBe(`${turn}/3`);
    const other = newId('turn');
    expect(await attemptToldFor(await sign({ ...worker, turn_id: other, attempt: 1 }))).toBe(`${other}/1`);
    const target = `/workspaces/${workspace}/files?path=a`;
    const person = { workspaceId: workspace, userId: newId('user'), requestId: 'request-1' };
    const personal = await sign(requestClaims({ ...person, access: 'write', method: 'GET', target }));
    expect(await attemptToldFor(personal)).toBeUndefined();
  });

  it('refuses who has no capability', async () => {
    const { base } = await startGateway({ running: ['c1'] });
    expect((await fetch(`${base}/files`)).status).toBe(401);
  });

  it('opens nothing to the internal key, or to a capability for something else', async () => {
    const { base } = await startGateway({ running: ['c1'] });
    const sign = createCapabilitySigner(INTERNAL_KEY);
    const target = `/workspaces/${workspace}/files?path=a`;
    const grant = {
      workspaceId: workspace,
      userId: newId('user'),
      requestId: 'request-1',
      method: 'GET',
      target,
    };
    const attempt = async (token: string, method = 'GET', path = '/files?path=a') =>
      (await fetch(`${base}${path}`, { method, headers: { authorization: `Bearer ${token}` } })).status;
    const reading = await sign(requestClaims({ ...grant, access: 'read' }));
    expect(await attempt(reading)).toBe(200);
    expect(await attempt(reading, 'GET', '/files?path=b')).toBe(403);
    expect(await attempt(reading, 'GET', '/files/content?path=a')).toBe(403);
    expect(await attempt(reading, 'HEAD')).toBe(403);
    expect(await attempt(await sign(requestClaims({ ...grant, access: 'read', method: 'PUT' })), 'PUT')).toBe(
      403,
    );
    expect(await attempt(await capabilityFor(newId('workspace')))).toBe(403);
    expect(await attempt(INTERNAL_KEY)).toBe(401);
    expect(
      await attempt(
        await createCapabilitySigner('another-key-of-sixteen')(requestClaims({ ...grant, access: 'read' })),
      ),
    ).toBe(401);
  });

  it('lets a reader watch a terminal and nothing else, and nobody in by the internal key', async () => {
    const { port, upgraded } = await startGateway({ running: ['c1'] });
    const sign = createCapabilitySigner(INTERNAL_KEY);
    const grant = { workspaceId: workspace, userId: newId('user'), requestId: 'request-1', method: 'GET' };
    const upgrade = async (path: string, token?: string) => {
      const target = `/workspaces/${workspace}${path}`;
      using client = new RawClient(port);
      const reading = await sign(requestClaims({ ...grant, target, access: 'read' }));
      client.send(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token ?? reading}\r\n\r\n`,
      );
      return (await client.until((received) => received.includes('\r\n\r\n'))).slice(9, 12);
    };
    expect(await upgrade('/terminals/trm_1/attach?after=7')).toBe('101');
    expect(upgraded).toEqual(['/terminals/trm_1/watch?after=7']);
    expect(await upgrade('/terminals/trm_1/attach/x')).toBe('403');
    expect(await upgrade('/other')).toBe('403');
    expect(await upgrade('/terminals/trm_1/attach', INTERNAL_KEY)).toBe('401');
    expect(upgraded).toHaveLength(1);
  });

  it('joins a connection to a port with a capability for that port alone, which opens nothing else', async () => {
    const { port, activity, active, capability, upgraded } = await startGateway({ running: ['c1'] });
    const echo = createTcpServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    closers.push(async () => void echo.close());
    const { port: inside } = echo.address() as AddressInfo;
    const sign = createCapabilitySigner(INTERNAL_KEY);
    const capabilityOf = (id: WorkspaceId, of: number) =>
      sign({ kind: 'port', workspace_id: id, port: of, access: 'write', request_id: 'request-1' });
    const open = async (token: string, of: number, protocol = 'podex-port') => {
      const client = new RawClient(port);
      closers.push(async () => client[Symbol.dispose]());
      client.send(
        `GET /workspaces/${workspace}/port-tunnels/${of} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n` +
          `Upgrade: ${protocol}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      const head = await client.until((received) => received.includes('\r\n\r\n'));
      return { client, status: head.slice(9, 12), head };
    };
    const mine = await capabilityOf(workspace, inside);
    const { client, status } = await open(mine, inside);
    expect(status).toBe('101');
    // HTTP that is spoken in it is the port’s, and no request of ours.
    const smuggled = `GET /workspaces/${workspace}/files HTTP/1.1\r\nHost: x\r\n\r\n`;
    client.send(smuggled);
    expect(await client.until((received) => received.includes(smuggled))).toContain(smuggled);
    await activity.flush();
    expect(active).toEqual([workspace]);
    expect((await open(mine, inside + 1)).status).toBe('403');
    expect((await open(await capabilityOf(newId('workspace'), inside), inside)).status).toBe('403');
    expect((await open(capability, inside)).status).not.toBe('101');
    expect((await open(mine, inside, 'websocket')).status).toBe('400');
    for (const path of ['/files?path=a', '/ports']) {
      const response = await fetch(`http://127.0.0.1:${port}/workspaces/${workspace}${path}`, {
        headers: { authorization: `Bearer ${mine}` },
      });
      expect(response.status).toBe(403);
    }
    echo.close();
    const { head } = await open(await capabilityOf(workspace, 9), 9);
    expect(head).toContain('502 port_not_listening');
    expect(upgraded).toEqual([]);
  });

  it('keeps to itself what only compute may say to a daemon, however it is spelt', async () => {
    const { port, capability } = await startGateway({ running: ['c1'] });
    for (const path of [
      '/settings',
      '/health',
      '/upgrade',
      '/upgrade?version=a',
      '/questions?wait_ms=0',
      '/questions/an-id',
      '/files/../settings',
      '/files/%2e%2e/settings',
      '/%73ettings',
    ]) {
      using client = new RawClient(port);
      client.send(
        `GET /workspaces/${workspace}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${capability}\r\n\r\n`,
      );
      const received = await client.closed();
      // What the daemon is asked for, it takes as it is written: this is nothing that it has.
      if (path === '/%73ettings') expect(received).toContain('"url":"/%73ettings"');
      else expect([path, received.slice(0, 12)]).toEqual([path, 'HTTP/1.1 404']);
    }
  });

  it('does not read a body where none belongs as the next request', async () => {
    const { port, capability } = await startGateway({ running: ['c1'] });
    const smuggled = `PUT /workspaces/${newId('workspace')}/files/content?path=owned HTTP/1.1\r\nHost: x\r\n\r\n`;
    const attack = (method: string, framing: string) =>
      `${method} /workspaces/${workspace}/files?path=a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${capability}\r\n${framing}\r\n\r\n${smuggled}`;
    for (const bytes of [
      attack('GET', `Content-Length: ${smuggled.length}`),
      attack('DELETE', 'Transfer-Encoding: chunked'),
      attack('PUT', 'Content-Length: 3\r\nTransfer-Encoding: chunked'),
      attack('PUT', 'Content-Length: 0\r\nContent-Length: 9'),
    ]) {
      using client = new RawClient(port);
      const received = await client.send(bytes).closed();
      expect(received).toMatch(/^HTTP\/1\.1 400 /);
      expect(countResponses(received)).toBe(1);
    }
  });

  it('says of a workspace that does not run, or that nobody knows, that it does not', async () => {
    const { ask } = await startGateway({ running: [] });
    const response = await ask('/files');
    expect(response.status).toBe(409);
    expect((await response.json()).error.code).toBe('workspace_not_running');
  });

  it('lists containers only when it does not know the way', async () => {
    const { ask, listings } = await startGateway({ running: ['c1'] });
    for (let count = 0; count < 3; count += 1) expect((await ask('/files')).status).toBe(200);
    expect(listings()).toBe(1);
  });

  it('finds the container that took the place of the one it knew', async () => {
    const world: World = { running: ['c1'] };
    const { ask, links } = await startGateway(world);
    expect((await ask('/files')).status).toBe(200);
    world.running = ['c2'];
    links.closeContainer('c1');
    expect((await ask('/files')).status).toBe(200);
  });

  it('tells at once of a use of one that is paused, however shortly after the last', async () => {
    const world: World = { running: ['c1'] };
    const { ask, activity, active, refreshIndex } = await startGateway(world);
    const background = new Background(logger);
    closers.push(() => background.stop());
    activity.start(background);
    const write = () => ask('/files/content?path=a', { method: 'PUT', body: 'a' });
    expect((await write()).status).toBe(200);
    await expect.poll(() => active).toEqual([workspace]);
    world.isPaused = true;
    await refreshIndex();
    expect((await write()).status).toBe(409);
    await expect.poll(() => active).toEqual([workspace, workspace]);
  });

  it('passes an upgrade on as bytes, and takes typing for use', async () => {
    const { port, activity, active, capability } = await startGateway({ running: ['c1'] });
    const client = connect(port, '127.0.0.1');
    closers.push(async () => client.destroy());
    client.write(
      `GET /workspaces/${workspace}/terminals/trm_1/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${capability}\r\n\r\n`,
    );
    expect(String(await nextChunk(client))).toMatch(/^HTTP\/1\.1 101 /);
    const text = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x7b]);
    client.write(text);
    expect(await nextChunk(client)).toEqual(text);
    await activity.flush();
    expect(active).toEqual([]);
    const typed = Buffer.from([0x82, 0x81, 0, 0, 0, 0, 0x61]);
    client.write(typed);
    expect(await nextChunk(client)).toEqual(typed);
    await activity.flush();
    expect(active).toEqual([workspace]);
  });
});

function nextChunk(stream: NodeJS.ReadableStream): Promise<Buffer> {
  return new Promise((resolve) => stream.once('data', resolve));
}
