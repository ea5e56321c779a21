import { once } from 'node:events';
import { rm, stat, writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { type LinkTarget, linkAuthority } from '@podex/contracts/internal/link';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { type LinkServer, startLinkServer } from './link-server.ts';

let root: string;
let daemonSocketPath: string;
let linkSocketPath: string;
let linkServer: LinkServer;
let transport: Socket;
let session: ClientHttp2Session;
const servers: Server[] = [];

function dialLink(): Socket {
  return dial({ path: linkSocketPath }).on('error', () => undefined);
}

async function openLink(pingIntervalMs = 60_000): Promise<void> {
  linkServer = await startLinkServer({ socketPath: linkSocketPath, daemonSocketPath, pingIntervalMs });
  transport = dialLink();
  session = connect('http://link', {
    createConnection: () => transport,
    settings: { initialWindowSize: 1_048_576 },
  });
  session.on('error', () => undefined);
}

beforeEach(async () => {
  root = temporaryFolder('link');
  daemonSocketPath = path.join(root, 'daemon.sock');
  linkSocketPath = path.join(root, 'link.sock');
  await openLink();
});

afterEach(async () => {
  session.destroy();
  transport.destroy();
  linkServer.close();
  for (const server of servers.splice(0)) server.close();
  await rm(root, { recursive: true });
});

async function listen(onConnection: (socket: Socket) => void, where?: string): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  servers.push(server);
  await new Promise<void>((resolve) =>
    where?.startsWith('/') ? server.listen(where, resolve) : server.listen(0, where ?? '127.0.0.1', resolve),
  );
  const address = server.address();
  return typeof address === 'string' || address === null ? 0 : (address satisfies AddressInfo).port;
}

interface Opened {
  stream: ClientHttp2Stream;
  status: unknown;
}

async function open(target: LinkTarget | string): Promise<Opened> {
  const authority = typeof target === 'string' ? target : linkAuthority(target);
  const stream = session.request({ ':method': 'CONNECT', ':authority': authority });
  stream.on('error', () => undefined);
  const [headers] = await once(stream, 'response');
  return { stream, status: headers[':status'] };
}

describe('a connection over the link', () => {
  it('reaches the daemon’s socket and ports of the loopback, the newer kind too', async () => {
    await listen((socket) => socket.end('daemon'), daemonSocketPath);
    const port = await listen((socket) => socket.end('port'));
    const port6 = await listen((socket) => socket.end('port6'), '::1');
    expect(await text((await open({ kind: 'daemon' })).stream)).toBe('daemon');
    expect(await text((await open({ kind: 'port', port })).stream)).toBe('port');
    expect(await text((await open({ kind: 'port', port: port6 })).stream)).toBe('port6');
  });

  it('is refused for anything else, and told when nothing listens', async () => {
    const port = await listen((socket) => socket.end());
    servers.pop()?.close();
    expect((await open({ kind: 'port', port })).status).toBe(502);
    for (const authority of [
      'example.org:80',
      '169.254.169.254:80',
      'localhost:0',
      'localhost:70000',
      'daemon:1',
    ]) {
      expect((await open(authority)).status).toBe(403);
    }
    const wrong = session.request({ ':method': 'GET', ':path': '/' });
    expect((await once(wrong, 'response'))[0][':status']).toBe(405);
  });

  it('passes an end on as an end, each direction on its own', async () => {
    const port = await listen(async (socket) => {
      const asked = await text(socket);
      socket.end(`you said ${asked}`);
    });
    const { stream } = await open({ kind: 'port', port });
    stream.end('all I have to say');
    expect(await text(stream)).toBe('you said all I have to say');
    const early = await listen((socket) => {
      socket.end('bye');
      socket.resume();
    });
    const second = await open({ kind: 'port', port: early });
    expect(await text(second.stream)).toBe('bye');
    expect(second.stream.writable).toBe(true);
    second.stream.end('still talking');
  });

  it('that breaks on one side breaks on the other', async () => {
    const sockets: Socket[] = [];
    const port = await listen((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      socket.on('end', () => socket.end());
      sockets.push(socket);
    });
    const first = await open({ kind: 'port', port });
    first.stream.close(constants.NGHTTP2_CANCEL);
    await once(sockets[0] ?? first.stream, 'close');
    const second = await open({ kind: 'port', port });
    sockets[1]?.resetAndDestroy();
    await new Promise((resolve) => second.stream.once('close', resolve));
    expect(second.stream.rstCode).toBe(constants.NGHTTP2_CONNECT_ERROR);
  });

  it('carries bytes unchanged, many at once', async () => {
    const port = await listen((socket) => socket.pipe(socket));
    const echoes = Array.from({ length: 10 }, async (_, index) => {
      const { stream } = await open({ kind: 'port', port });
      const sent = Buffer.alloc(700_000, `${index} `);
      stream.end(sent);
      expect((await buffer(stream)).equals(sent)).toBe(true);
    });
    await Promise.all(echoes);
  });

  it('holds a sender back that its receiver does not keep up with', async () => {
    let written = 0;
    const port = await listen((socket) => {
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (socket.write(chunk)) written += chunk.length;
        written += chunk.length;
      };
      socket.on('drain', more);
      socket.on('error', () => undefined);
      more();
    });
    const { stream } = await open({ kind: 'port', port });
    stream.pause();
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(written).toBeLessThan(16_000_000);
    stream.close();
  });
});

describe('the link', () => {
  it('is root’s alone', async () => {
    expect((await stat(linkSocketPath)).mode & 0o777).toBe(0o600);
  });

  it('is over for what goes over it when its transport is', async () => {
    const closed = Promise.withResolvers<string>();
    const port = await listen((socket) => {
      socket.on('error', () => undefined);
      socket.resume().on('close', () => closed.resolve('closed'));
    });
    await open({ kind: 'port', port });
    transport.destroy();
    expect(await closed.promise).toBe('closed');
  });

  it('is over when the other end gives no sign of life', async () => {
    linkServer.close();
    await openLink(50);
    const silent = dialLink().resume();
    silent.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    expect(await once(silent, 'close')).toEqual([false]);
  });

  it('lives as long as the other end responds', async () => {
    linkServer.close();
    await openLink(400);
    const port = await listen((socket) => setTimeout(() => socket.end('late'), 1_300));
    expect(await text((await open({ kind: 'port', port })).stream)).toBe('late');
  });

  it('is served again after a crash left its socket behind', async () => {
    linkServer.close();
    await writeFile(linkSocketPath, '');
    await openLink();
    await listen((socket) => socket.end('daemon'), daemonSocketPath);
    expect(await text((await open({ kind: 'daemon' })).stream)).toBe('daemon');
  });
});
