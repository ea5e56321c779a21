import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { countResponses, RawClient } from '../testing/raw-client.ts';
import { forwardUpgrade } from './forward-upgrade.ts';
import { refuseUpgrade } from './http-server.ts';

const open: (Server | TcpServer)[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server | TcpServer): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Its requests are kept; it answers each with `response` and echoes what comes after. */
async function target(response: string): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      requests.push(request.toString());
      socket.write(response);
      socket.pipe(socket);
    });
  });
  return { port: await listen(server), requests };
}

async function gatewayTo(port: number, exchangeMs = 5000): Promise<number> {
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    forwardUpgrade(request, socket, head, {
      connection: { host: '127.0.0.1', port, agent: false },
      path: request.url ?? '/',
      headers: { authorization: 'Bearer internal' },
      unreachable: (cause) => new PodexError('daemon_unreachable', 'not there', {}, { cause }),
      timeoutMs: 2000,
      idle: { uploadMs: 5000, exchangeMs },
    }).catch((thrown: unknown) => refuseUpgrade(request, socket, thrown));
  });
  return listen(server);
}

/** The key and its answer of RFC 6455 §1.3. */
const HANDSHAKE =
  'GET /t HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
  'Sec-WebSocket-Version: 13\r\nCookie: session=1\r\n';
const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';

describe('forwardUpgrade', () => {
  it('passes on the bytes after the handshake, and no credentials before it', async () => {
    const { port, requests } = await target(`${AGREED}\r\n`);
    using client = new RawClient(await gatewayTo(port));
    client.send(`${HANDSHAKE}\r\n`);
    await client.until((text) => text.endsWith('\r\n\r\n'));
    client.send('echo');
    expect(await client.until((text) => text.endsWith('echo'))).toMatch(/^HTTP\/1\.1 101 /);
    expect(requests[0]).not.toContain('session=1');
    expect(requests[0]).toContain('Bearer internal');
  });

  it('says nothing of the target’s in the response that agrees', async () => {
    const theirs =
      'Set-Cookie: session=evil\r\nAccess-Control-Allow-Origin: *\r\nSec-WebSocket-Accept: wrong\r\nX-Own: 1\r\n';
    const { port } = await target(
      `HTTP/1.1 101 Have A Cookie\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${theirs}\r\n`,
    );
    using client = new RawClient(await gatewayTo(port));
    client.send(`${HANDSHAKE}\r\n`);
    const received = await client.until((text) => text.endsWith('\r\n\r\n'));
    expect(received).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
        'sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
  });

  it.each([
    [
      'a page',
      'HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\n\r\n<h1>x',
    ],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: https://evil.example\r\nContent-Length: 0\r\n\r\n'],
    ['a success that is no upgrade', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['a protocol that nobody asked for', `${AGREED}Sec-WebSocket-Protocol: evil\r\n\r\n`],
    [
      'a sign-out',
      'HTTP/1.1 401 No\r\nContent-Length: 75\r\n\r\n{"error":{"code":"unauthenticated","message":"Sign in","request_id":"1234"}}',
    ],
  ])('refuses in its own words what the target answers with %s', async (_title, response) => {
    const { port } = await target(response);
    using client = new RawClient(await gatewayTo(port));
    const received = await client.send(`${HANDSHAKE}\r\n`).closed();
    expect(received).toMatch(/^HTTP\/1\.1 502 [\s\S]*"daemon_unreachable"/);
    expect(received).not.toMatch(/set-cookie|location|evil|<h1>/i);
  });

  it('passes on an error body of ours', async () => {
    const body = JSON.stringify(
      new PodexError('terminal_not_found', 'No such terminal.', {}).toBody('request-1'),
    );
    const { port } = await target(
      `HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\nSet-Cookie: a=b\r\n\r\n${body}`,
    );
    using client = new RawClient(await gatewayTo(port));
    const received = await client.send(`${HANDSHAKE}\r\n`).closed();
    expect(received).toMatch(/^HTTP\/1\.1 404 [\s\S]*No such terminal\./);
    expect(received.toLowerCase()).not.toContain('set-cookie');
  });

  it.each([
    ['a length', `${HANDSHAKE}Content-Length: 35\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['chunks', `${HANDSHAKE}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['another method', `${HANDSHAKE.replace('GET', 'POST')}\r\n`],
    ['another protocol', `${HANDSHAKE.replace('websocket', 'h2c')}\r\n`],
  ])('does not pass on an upgrade with %s', async (_title, bytes) => {
    const { port, requests } = await target(`${AGREED}\r\n`);
    using client = new RawClient(await gatewayTo(port));
    const received = await client.send(bytes).closed();
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(countResponses(received)).toBe(1);
    expect(requests).toEqual([]);
  });

  it('ends when nobody has said anything for long', async () => {
    const { port } = await target(`${AGREED}\r\n`);
    using client = new RawClient(await gatewayTo(port, 50));
    expect(await client.send(`${HANDSHAKE}\r\n`).closed()).toMatch(/^HTTP\/1\.1 101 /);
  });
});
