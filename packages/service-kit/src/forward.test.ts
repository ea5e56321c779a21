import { Agent, createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServers, echo, gatewayTo, listen, type Seen } from '../testing/forward-gateway.ts';
import { HOSTILE_REQUESTS } from '../testing/hostile-requests.ts';
import { countResponses, RawClient } from '../testing/raw-client.ts';

afterEach(closeServers);

/** One that writes these bytes for every request, whatever it was, and ends the connection when told. */
async function rawUpstream(response: string, { isEnding = true } = {}): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(response, 'latin1');
      if (isEnding) socket.end();
    });
  });
  return listen(server);
}

describe('forwardRequest', () => {
  it('carries bodies both ways byte for byte and puts its own key in place of the client’s', async () => {
    const upstream = createServer((incoming, outgoing) => {
      outgoing.writeHead(201, { etag: `${incoming.headers.authorization} ${incoming.headers.cookie}` });
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
    expect(response.headers.get('etag')).toBe('Bearer internal undefined');
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(sent))).toBe(true);
  });

  it('answers with the target’s error when nobody listens there', async () => {
    const gone = createServer();
    const deadPort = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const response = await fetch(`http://127.0.0.1:${await gatewayTo(deadPort)}/`);
    expect(await response.text()).toBe('service_unavailable');
  });

  it('ends the request to the target when the client goes away', async () => {
    const { promise: upstreamClosed, resolve: closed } = Promise.withResolvers<void>();
    const upstream = createServer((_incoming, outgoing) => {
      outgoing.on('close', closed);
      outgoing.write('first');
    });
    const port = await gatewayTo(await listen(upstream));
    const controller = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await expect(upstreamClosed).resolves.toBeUndefined();
  });
});

describe('bytes that two hops could read differently', () => {
  it.each(HOSTILE_REQUESTS)(
    '$title: another’s next request gets its own response',
    async ({ bytes, seen: expected }) => {
      const seen: Seen[] = [];
      using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }));
      const port = await gatewayTo(await echo(seen), { agent: agent.value });
      // One connection to the target, which both will use.
      expect(await (await fetch(`http://127.0.0.1:${port}/before`)).text()).toBe('for /before');
      using attacker = new RawClient(port);
      await attacker
        .send(bytes)
        .until((received) => countResponses(received) >= 1 && !/ 100 Continue\r\n\r\n$/.test(received));
      expect(await (await fetch(`http://127.0.0.1:${port}/victim`)).text()).toBe('for /victim');
      const attacks = seen.filter(({ url }) => url !== '/before' && url !== '/victim');
      expect(attacks.map(({ method, url }) => `${method} ${url}`)).toEqual(expected);
      if (expected.length === 0) {
        expect(attacker.received).toMatch(/^HTTP\/1\.1 400 /);
        await attacker.closed();
        expect(countResponses(attacker.received)).toBe(1);
      }
    },
  );

  it('takes pipelined requests one by one, each with its own response', async () => {
    const seen: Seen[] = [];
    const port = await gatewayTo(await echo(seen));
    using client = new RawClient(port);
    client.send(
      'GET /a HTTP/1.1\r\nHost: x\r\n\r\nPUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /c HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    const received = await client.until((text) => text.includes('for /c'));
    expect(received.match(/for \/\w/g)).toEqual(['for /a', 'for /b', 'for /c']);
    expect(seen.find(({ url }) => url === '/b')?.body).toBe('abc');
  });

  it('passes on nothing that frames or routes, wherever it is named', async () => {
    const seen: Seen[] = [];
    const port = await gatewayTo(await echo(seen));
    using client = new RawClient(port);
    client.send(
      'PUT /a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, x-own\r\nX-Own: 1\r\nTE: trailers\r\nTrailer: etag\r\nKeep-Alive: timeout=1\r\n' +
        'Proxy-Authorization: Basic eA==\r\nProxy-Connection: close\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '1\r\na\r\n0\r\netag: "evil"\r\n\r\n',
    );
    await client.until((text) => text.includes('for /a'));
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual([
      'authorization',
      'connection',
      'host',
      'transfer-encoding',
    ]);
  });

  it('never completes a body that broke off', async () => {
    for (const framing of [
      'Content-Length: 10\r\n\r\nabc',
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ]) {
      const { promise: aborted, resolve } = Promise.withResolvers<boolean>();
      const upstream = createServer((incoming) => {
        incoming.on('error', () => undefined);
        incoming.once('close', () => resolve(!incoming.complete));
        incoming.once('data', () => attacker.socket.destroy());
      });
      using attacker = new RawClient(await gatewayTo(await listen(upstream)));
      attacker.send(`PUT /a HTTP/1.1\r\nHost: x\r\n${framing}`);
      expect(await aborted).toBe(true);
    }
  });

  it('lets a client read why its body is not wanted, closes both connections, and serves the next', async () => {
    const connections = new Set<unknown>();
    const upstream = createServer((incoming, outgoing) => {
      connections.add(incoming.socket);
      outgoing.writeHead(incoming.method === 'PUT' ? 412 : 200).end(`for ${incoming.url}`);
    });
    using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }));
    const port = await gatewayTo(await listen(upstream), { agent: agent.value });
    using client = new RawClient(port);
    client.send('PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 412 [\s\S]*for \/big/);
    expect(await (await fetch(`http://127.0.0.1:${port}/next`)).text()).toBe('for /next');
    expect(connections.size).toBe(2);
  });
});

describe('a target that does as it likes', () => {
  const hostile =
    'HTTP/1.1 200 OK\r\nSet-Cookie: session=evil\r\nContent-Security-Policy: script-src *\r\nAccess-Control-Allow-Origin: *\r\n' +
    'Access-Control-Allow-Credentials: true\r\nCache-Control: public, max-age=99999\r\nX-Request-Id: theirs\r\nLocation: https://evil.example\r\n' +
    'Content-Disposition: inline\r\nRefresh: 0; url=https://evil.example\r\nClear-Site-Data: "*"\r\nETag: "1"\r\nContent-Type: text/html\r\n' +
    'Content-Length: 2\r\n\r\nok';

  it('says only what is data; policies are ours', async () => {
    const response = await fetch(`http://127.0.0.1:${await gatewayTo(await rawUpstream(hostile))}/`);
    const {
      date: _date,
      connection: _connection,
      'keep-alive': _alive,
      ...headers
    } = Object.fromEntries(response.headers);
    expect(headers).toEqual({
      'cache-control': 'no-store',
      'content-length': '2',
      'content-security-policy': 'sandbox',
      'content-type': 'text/html',
      etag: '"1"',
    });
  });

  it.each([
    ['100 is not an end', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: https://evil.example\r\nContent-Length: 0\r\n\r\n'],
    ['a sign-out', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
    ['a proxy’s challenge', 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'],
    ['a status beyond the table', 'HTTP/1.1 799 Whatever\r\nContent-Length: 0\r\n\r\n'],
    [
      'an upgrade nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('%s becomes an error of ours', async (_title, response) => {
    const answer = await fetch(`http://127.0.0.1:${await gatewayTo(await rawUpstream(response))}/`, {
      redirect: 'manual',
    });
    expect([answer.status, await answer.text()]).toEqual([503, 'service_unavailable']);
    expect(answer.headers.get('location')).toBeNull();
  });

  it.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('one that breaks %s off closes the client’s connection', async (_title, response) => {
    using client = new RawClient(await gatewayTo(await rawUpstream(response)));
    const received = await client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').closed();
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it('sends more than it announced: what is too much reaches nobody', async () => {
    const extra = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL';
    using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }));
    const upstream = await rawUpstream(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${extra}`, {
      isEnding: false,
    });
    const port = await gatewayTo(upstream, { agent: agent.value });
    expect(await (await fetch(`http://127.0.0.1:${port}/a`)).text()).toBe('ok');
    expect(await (await fetch(`http://127.0.0.1:${port}/b`)).text()).toBe('ok');
  });
});

function disposable(agent: Agent): Disposable & { value: Agent } {
  return { value: agent, [Symbol.dispose]: () => agent.destroy() };
}
