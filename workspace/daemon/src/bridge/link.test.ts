import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { type Duplex, PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { type LinkTarget, linkAuthority } from '@podex/contracts/internal/link';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { serveLink } from './link-server.ts';
import { StdioDuplex } from './stdio-duplex.ts';

let root: string;
let daemonSocketPath: string;
let transport: Duplex;
let session: ClientHttp2Session;
let over: Promise<void>;
const servers: Server[] = [];

/** Two ends of one connection, the far one as the bridge sees it. */
async function openTransport(): Promise<{ near: Socket; far: Duplex }> {
  const accepted = Promise.withResolvers<Socket>();
  const port = await listen(accepted.resolve);
  const near = dial({ port, host: '127.0.0.1', allowHalfOpen: true });
  const socket = await accepted.promise;
  for (const end of [near, socket]) end.on('error', () => undefined);
  return { near, far: new StdioDuplex(socket, socket) };
}

async function openLink(pingIntervalMs = 60_000): Promise<void> {
  const { near, far } = await openTransport();
  transport = near;
  over = serveLink(far, { daemonSocketPath, daemonTimeoutMs: 2_000, pingIntervalMs });
  session = connect('http://link', {
    createConnection: () => near,
    settings: { initialWindowSize: 1_048_576 },
  });
  session.on('error', () => undefined);
}

beforeEach(async () => {
  root = temporaryFolder('link');
  daemonSocketPath = path.join(root, 'daemon.sock');
  await openLink();
});

afterEach(async () => {
  session.destroy();
  transport.destroy();
  await over;
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

  it('waits for a daemon that is still starting', async () => {
    const opening = open({ kind: 'daemon' });
    setTimeout(() => listen((socket) => socket.end('up'), daemonSocketPath), 100);
    expect(await text((await opening).stream)).toBe('up');
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
  it('is over when its transport is', async () => {
    transport.destroy();
    await expect(over).resolves.toBeUndefined();
  });

  it('is over when the other end gives no sign of life', async () => {
    const { near, far } = await openTransport();
    near.resume();
    const silent = serveLink(far, { daemonSocketPath, daemonTimeoutMs: 0, pingIntervalMs: 50 });
    await expect(silent).resolves.toBeUndefined();
    near.destroy();
  });

  it('lives as long as the other end answers', async () => {
    session.destroy();
    await over;
    await openLink(400);
    const port = await listen((socket) => setTimeout(() => socket.end('late'), 1_300));
    expect(await text((await open({ kind: 'port', port })).stream)).toBe('late');
  });
});

describe('standard input and output as one stream', () => {
  it('ends with either', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const both = new StdioDuplex(input, output);
    both.resume();
    input.end();
    await once(both, 'close');
    expect(output.destroyed).toBe(true);
    const broken = new PassThrough();
    const other = new StdioDuplex(new PassThrough(), broken);
    other.on('error', () => undefined);
    const closed = new Promise((resolve) => other.once('close', resolve));
    broken.destroy(new Error('EPIPE'));
    await closed;
  });
});
