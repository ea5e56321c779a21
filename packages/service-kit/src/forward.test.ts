import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { type ForwardTarget, forwardRequest, forwardUpgrade } from './forward.ts';
import { toPodexError } from './http-app.ts';
import { refuseUpgrade } from './http-server.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function targetAt(port: number, timeoutMs = 2000): Omit<ForwardTarget, 'path'> {
  return {
    connection: { host: '127.0.0.1', port },
    headers: { authorization: 'Bearer internal' },
    unreachable: (cause) => new PodexError('service_unavailable', 'not there', { service: 'x' }, { cause }),
    timeoutMs,
  };
}

async function gatewayTo(port: number, timeoutMs?: number): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    forwardRequest(incoming, outgoing, { ...targetAt(port, timeoutMs), path: incoming.url ?? '/' }).catch(
      (thrown) => {
        const error = toPodexError(thrown);
        outgoing.writeHead(error.status).end(error.code);
      },
    );
  });
  server.on('upgrade', (request, socket, head) => {
    forwardUpgrade(request, socket, head, { ...targetAt(port, timeoutMs), path: request.url ?? '/' }).catch(
      (thrown) => refuseUpgrade(request, socket, thrown),
    );
  });
  return listen(server);
}

describe('forwardRequest', () => {
  it('carries bodies both ways byte for byte and puts its own key in place of the client’s', async () => {
    const upstream = createServer((incoming, outgoing) => {
      outgoing.writeHead(201, {
        'x-key': incoming.headers.authorization,
        'x-cookie': String(incoming.headers.cookie),
        'set-cookie': 'a=b',
      });
      incoming.pipe(outgoing);
    });
    const port = await gatewayTo(await listen(upstream));
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    const response = await fetch(`http://127.0.0.1:${port}/files?path=%2Fa`, {
      method: 'PUT',
      body: sent,
      headers: { authorization: 'Bearer user', cookie: 'session=1' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-key')).toBe('Bearer internal');
    expect(response.headers.get('x-cookie')).toBe('undefined');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(sent))).toBe(true);
  });

  it('answers with the target’s error when nobody listens there', async () => {
    const gone = createServer();
    const deadPort = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const response = await fetch(`http://127.0.0.1:${await gatewayTo(deadPort)}/`);
    expect(await response.text()).toBe('service_unavailable');
  });

  it('gives up on a target that stays silent', async () => {
    const silent = await listen(createServer(() => undefined));
    const response = await fetch(`http://127.0.0.1:${await gatewayTo(silent, 50)}/`);
    expect(await response.text()).toBe('timed_out');
  });

  it('ends the request to the target when the client goes away', async () => {
    let closed: () => void = () => undefined;
    const upstreamClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const upstream = createServer((_incoming, outgoing) => {
      outgoing.on('close', closed);
      outgoing.write('first');
    });
    const port = await gatewayTo(await listen(upstream));
    const controller = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await upstreamClosed;
  });
});

describe('forwardUpgrade', () => {
  it('passes the handshake and the bytes after it', async () => {
    const upstream = createServer();
    upstream.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    const port = await gatewayTo(await listen(upstream));
    const client = connect(port, '127.0.0.1');
    client.write('GET /t HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const received: string[] = [];
    for await (const chunk of client) {
      received.push(chunk.toString());
      if (received.join('').endsWith('\r\n\r\n')) client.write('echo');
      if (received.join('').endsWith('echo')) break;
    }
    expect(received.join('')).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('passes a refusal on as it is', async () => {
    const upstream = createServer((_incoming, outgoing) => outgoing.writeHead(404).end('none'));
    const port = await gatewayTo(await listen(upstream));
    const client = connect(port, '127.0.0.1');
    client.write('GET /t HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let text = '';
    for await (const chunk of client) text += chunk.toString();
    expect(text.startsWith('HTTP/1.1 404 ')).toBe(true);
    expect(text.endsWith('none')).toBe(true);
  });
});
