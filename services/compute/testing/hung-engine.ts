import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WorkspaceId } from '@podex/contracts/ids';
import { LABEL_WORKSPACE, LABEL_WORKSPACE_ID } from '../src/docker/labels.ts';

/** Where the start of a program in a container comes to nothing. */
export const HANGS = [
  'before it is made',
  'before it starts',
  'before its first byte',
  'a byte at a time',
] as const;
export type Hang = (typeof HANGS)[number];

const UPGRADED = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
const DRIP_EVERY_MS = 50;
/** Of a frame of stdout that is never whole. */
const FRAME_BYTES = Buffer.from([1, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]);

/** An engine that lists a container for each way to hang, responds to what it is asked of itself, and makes no container. */
export async function startHungEngine(
  socket: string,
  workspaces: ReadonlyMap<Hang, WorkspaceId>,
): Promise<{ stop(): Promise<void> }> {
  const containers = [...workspaces].map(([hang, id]) => ({
    Id: String(HANGS.indexOf(hang)),
    Names: [`/podex-${id}`],
    State: 'running',
    Created: 1_700_000_000,
    Labels: { [LABEL_WORKSPACE]: 'true', [LABEL_WORKSPACE_ID]: id },
  }));
  const open = new Set<Duplex>();
  const server = createServer((request, response) => respond(request, response, containers));
  server.on('upgrade', (request, stream: Duplex) => {
    open.add(stream);
    stream.on('error', () => undefined);
    stream.resume();
    const hang = HANGS[Number(/^\/exec\/(\d)/.exec(request.url ?? '')?.[1])];
    if (hang === 'before it starts') return;
    stream.write(UPGRADED);
    if (hang === 'a byte at a time') drip(stream);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    async stop() {
      for (const stream of open) stream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function drip(stream: Duplex): void {
  let sent = 0;
  const timer = setInterval(() => {
    stream.write(FRAME_BYTES.subarray(sent % FRAME_BYTES.length, (sent % FRAME_BYTES.length) + 1));
    sent += 1;
  }, DRIP_EVERY_MS);
  stream.once('close', () => clearInterval(timer));
}

function respond(request: IncomingMessage, response: ServerResponse, containers: readonly object[]): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://engine');
  const isOfWorkspaces = searchParams.get('filters')?.includes(LABEL_WORKSPACE) === true;
  const json = (value: unknown) => {
    response.end(JSON.stringify(value));
  };
  const container = /^\/containers\/(\d)\/exec$/.exec(pathname)?.[1];
  if (pathname === '/_ping') response.end('OK');
  else if (pathname === '/events') response.writeHead(200).flushHeaders();
  else if (pathname === '/containers/json') json(isOfWorkspaces ? containers : []);
  else if (pathname === '/version') json({ ApiVersion: '1.47' });
  else if (pathname === '/info') json(INFO);
  else if (pathname.startsWith('/images/')) json({ Id: 'sha256:1', Architecture: 'amd64', Os: 'linux' });
  else if (container !== undefined && HANGS[Number(container)] !== 'before it is made') {
    response.writeHead(201);
    json({ Id: `${container}${Math.random()}` });
  }
}

const INFO = {
  ID: 'hung',
  ServerVersion: '27.5.1',
  KernelVersion: '6.8.0',
  OperatingSystem: 'Debian',
  OSType: 'linux',
  Architecture: 'x86_64',
  NCPU: 64,
  MemTotal: 2 ** 40,
  SystemTime: new Date().toISOString(),
  Runtimes: { runsc: { path: '/usr/bin/runsc' } },
};
