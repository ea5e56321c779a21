import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { newId, workspaceId } from '@podex/contracts/ids';
import { afterAll, beforeAll } from 'vitest';
import { WebSocketServer } from 'ws';
import { ComputeDouble } from './compute-double.ts';
import { ComputeWorker } from './compute-worker.ts';
import { PreviewBrowser } from './preview-browser.ts';
import { setUpApi } from './set-up.ts';
import { PAGE_ORIGIN, type TestApi, type TestUser } from './test-api.ts';

const DOMAIN = 'preview.localhost';

/** A running workspace with a program that says what it was asked, and one that says whatever a test wants, byte for byte. */
export class PreviewScene {
  readonly api: () => TestApi;
  workspace = '';
  #compute: ComputeDouble | undefined;
  #owner: TestUser | undefined;
  readonly #servers: (Server | TcpServer)[] = [];

  /** Where previews share an origin; 0 where each has a host of its own. */
  sharedPort = 0;

  constructor({ isOriginShared = false }: { isOriginShared?: boolean } = {}) {
    this.api = setUpApi(async () => {
      this.#compute = await ComputeDouble.start();
      this.sharedPort = isOriginShared ? await freePort() : 0;
      const variables: Record<string, string> = isOriginShared
        ? { PREVIEW_PORT: String(this.sharedPort) }
        : { PREVIEW_DOMAIN: `${DOMAIN}:3001` };
      return { computeUrl: this.compute.url, variables };
    });
    beforeAll(async () => {
      this.#owner = await this.api().signUp();
      const worker = new ComputeWorker(this.api(), await ComputeWorker.registerServer(this.api()));
      this.workspace = await this.create(this.owner);
      await worker.step();
      await this.#startEcho();
    });
    afterAll(async () => {
      for (const server of this.#servers) {
        server.close();
        if ('closeAllConnections' in server) server.closeAllConnections();
      }
      await this.#compute?.stop();
    });
  }

  get compute(): ComputeDouble {
    if (this.#compute === undefined) throw new Error('compute is started by beforeAll');
    return this.#compute;
  }

  get owner(): TestUser {
    if (this.#owner === undefined) throw new Error('the owner is made by beforeAll');
    return this.#owner;
  }

  async create(as: TestUser): Promise<string> {
    return (await this.api().ask('POST', '/api/workspaces?wait_ms=0', { as, body: { name: 'w' } })).body.id;
  }

  /** Of a port of the workspace, or of another. */
  host(port = 5173, workspace = this.workspace): string {
    return `${port}--${workspace.slice('ws_'.length)}.${DOMAIN}`;
  }

  /** Before each path of it, where previews share an origin. */
  prefix(port = 5173, workspace = this.workspace): string {
    return `/${port}--${workspace.slice('ws_'.length)}`;
  }

  browser(user?: TestUser): PreviewBrowser {
    return new PreviewBrowser(this.api(), user, this.sharedPort || undefined);
  }

  setPort(port: number, body: object, as = this.owner) {
    return this.api().ask('PUT', `/api/workspaces/${this.workspace}/ports/${port}`, { as, body });
  }

  async link(port: number): Promise<URL> {
    const path = `/api/workspaces/${this.workspace}/ports/${port}/links`;
    return new URL((await this.api().ask('POST', path, { as: this.owner, body: {} })).body.url);
  }

  /** With the browser’s session, as the page asks. */
  asPage(user: TestUser, method: string, path: string, body?: object) {
    return this.api().ask(method, path, { headers: { cookie: user.cookie, origin: PAGE_ORIGIN }, body });
  }

  /** A program that sends these bytes to each connection that has sent something, and then what it does. */
  async sayRaw(port: number, bytes: string | Buffer, andThen: 'end' | 'stay' = 'end'): Promise<void> {
    const server = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => (andThen === 'end' ? socket.end(bytes) : socket.write(bytes)));
    });
    await this.serve(port, server);
  }

  async #startEcho(): Promise<void> {
    const server = createServer((request, response) => {
      response.setHeader('x-app', 'echo');
      if (request.url?.startsWith('/echo')) {
        request.pipe(response);
        return;
      }
      const { method, url, headers } = request;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method, url, headers }));
    });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => {
      socket.on('error', () => socket.terminate());
      socket.send(JSON.stringify(request.headers));
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
    await this.serve(5173, server);
  }

  /** A program that listens on a port of the workspace; ended with the scene. */
  async serve(port: number, server: Server | TcpServer): Promise<void> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.push(server);
    this.compute.ports.set(port, (server.address() as AddressInfo).port);
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One that nobody has. */
export const nobodysWorkspace = () => workspaceId.parse(newId('workspace'));
