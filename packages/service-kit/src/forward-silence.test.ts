import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServers, echo, gatewayTo, listen, type Seen } from '../testing/forward-gateway.ts';
import { RawClient } from '../testing/raw-client.ts';

afterEach(closeServers);

describe('silence', () => {
  it('of a target before its first byte, once the body is sent', async () => {
    const silent = await listen(createServer(() => undefined));
    const response = await fetch(`http://127.0.0.1:${await gatewayTo(silent, { timeoutMs: 50 })}/`);
    expect([response.status, await response.text()]).toEqual([504, 'timed_out']);
  });

  it('of a target that does not read the body', async () => {
    const deaf = createTcpServer((socket) => socket.pause().on('error', () => undefined));
    const port = await gatewayTo(await listen(deaf), {
      timeoutMs: 200,
      idle: { uploadMs: 50, exchangeMs: 5000 },
    });
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'PUT',
      body: new Uint8Array(32_000_000),
    });
    expect([response.status, await response.text()]).toEqual([504, 'timed_out']);
  });

  it('of a client in the middle of its body: 408, and nothing whole arrives', async () => {
    const seen: Seen[] = [];
    const port = await gatewayTo(await echo(seen), { idle: { uploadMs: 50, exchangeMs: 5000 } });
    using client = new RawClient(port);
    client.send('PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    const received = await client.closed();
    expect(received).toMatch(/^HTTP\/1\.1 408 [\s\S]*request_timed_out/);
    expect(seen).toEqual([]);
  });

  it('of both in the middle of a response', async () => {
    const upstream = createServer((_incoming, outgoing) => outgoing.write('first'));
    const port = await gatewayTo(await listen(upstream), { idle: { uploadMs: 5000, exchangeMs: 50 } });
    using client = new RawClient(port);
    const received = await client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').closed();
    expect(received).toContain('first');
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});
