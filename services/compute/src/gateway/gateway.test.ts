import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { newId } from '@podex/contracts/ids';
import { createCapabilityCheck } from '@podex/service-kit/capability';
import { useHttpBasics } from '@podex/service-kit/http-app';
import { startHttpServer } from '@podex/service-kit/http-server';
import { createLogger } from '@podex/service-kit/logger';
import { afterEach, describe, expect, it } from 'vitest';
import { BridgeDouble } from '../../testing/bridge-double.ts';
import { capabilityFor, INTERNAL_KEY } from '../../testing/compute-client.ts';
import { ContainerIndex } from '../containers/container-index.ts';
import { LABEL_WORKSPACE_ID } from '../docker/labels.ts';
import { createComputeApp } from '../http/compute-app.ts';
import { LinkPool } from '../links/link-pool.ts';
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

async function startDaemon(): Promise<number> {
  const daemon: Server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  daemon.on('upgrade', (_request: IncomingMessage, socket) => {
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
}

async function startGateway(world: World) {
  const port = await startDaemon();
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
    index.replace(
      server,
      world.running.map((id) => ({ id, state: 'running', createdAtMs: 0, labels })),
    );
  };
  const gateway = new Gateway({
    index,
    refreshIndex,
    links,
    activity,
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
  return { ask, base, capability, port: http.port, links, activity, active, listings: () => listings };
}

describe('the gateway', () => {
  it('forwards path and query to the daemon, and keeps the capability to itself', async () => {
    const { ask } = await startGateway({ running: ['c1'] });
    const answer = await (await ask('/files/content?path=%2Fa%20b')).json();
    expect(answer.url).toBe('/files/content?path=%2Fa%20b');
    expect(answer.headers).not.toHaveProperty('authorization');
    expect(answer.headers).toHaveProperty('x-request-id');
  });

  it('refuses who has no capability', async () => {
    const { base } = await startGateway({ running: ['c1'] });
    expect((await fetch(`${base}/files`)).status).toBe(401);
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
