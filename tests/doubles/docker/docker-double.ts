import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A container as the engine lists it. */
export interface DoubleContainer {
  id: string;
  labels: Readonly<Record<string, string>>;
}

export interface DockerDoubleOptions {
  /** Path of the unix socket to listen on. */
  socket: string;
  name: string;
  cpus: number;
  memoryMb: number;
  containers: readonly DoubleContainer[];
}

const API_VERSION = '1.47';
const ENGINE_VERSION = '27.5.1';
const BYTES_PER_MB = 1_048_576;

/**
 * The Docker Engine API of a server on which nothing happens: it responds to pings, tells of itself, lists its running containers and
 * keeps the stream of events open. It changes nothing and refuses the rest with 404.
 */
export async function startDockerDouble(options: DockerDoubleOptions): Promise<{ stop(): Promise<void> }> {
  const server = createServer((request, response) => respond(options, request, response));
  // As Docker does: a connection that is not used stays.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.socket, resolve);
  });
  return {
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function respond(options: DockerDoubleOptions, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://engine');
  const json = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  switch (`${request.method} ${url.pathname.replace(/^\/v[\d.]+/, '')}`) {
    case 'GET /_ping':
      response.writeHead(200, { 'content-type': 'text/plain' }).end('OK');
      return;
    case 'GET /version':
      json(200, { ApiVersion: API_VERSION });
      return;
    case 'GET /info':
      json(200, infoOf(options));
      return;
    case 'GET /containers/json':
      json(200, listed(options.containers, url.searchParams.get('filters')));
      return;
    case 'GET /events':
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    default:
      json(404, { message: `the double knows no ${request.method} ${url.pathname}` });
  }
}

function infoOf({ name, cpus, memoryMb }: DockerDoubleOptions) {
  return {
    ID: `engine-of-${name}`,
    ServerVersion: ENGINE_VERSION,
    KernelVersion: '6.8.0',
    OperatingSystem: 'Ubuntu 24.04 LTS',
    OSType: 'linux',
    Architecture: 'x86_64',
    NCPU: cpus,
    MemTotal: memoryMb * BYTES_PER_MB,
    SystemTime: new Date().toISOString(),
    Runtimes: { runsc: { path: '/usr/local/bin/runsc' } },
  };
}

/** Docker’s `label` filters: `key` or `key=value`, all of them. */
function listed(containers: readonly DoubleContainer[], filters: string | null) {
  const { label = [] }: { label?: string[] } = filters === null ? {} : JSON.parse(filters);
  return containers
    .filter(({ labels }) =>
      label.every((wanted) => {
        const [key = '', value] = wanted.split('=');
        return Object.hasOwn(labels, key) && (value === undefined || labels[key] === value);
      }),
    )
    .map(({ id, labels }) => ({
      Id: id,
      Names: [`/${id.slice(0, 12)}`],
      State: 'running',
      Created: 1_700_000_000,
      Labels: labels,
    }));
}
