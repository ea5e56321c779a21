import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { EngineClient } from './client.ts';
import { readJsonLines } from './json-lines.ts';

const open: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Responder = (request: IncomingMessage, response: ServerResponse) => void;

async function clientOf(respond: Responder): Promise<EngineClient> {
  const socket = path.join(temporaryFolder('test'), 'docker.sock');
  const server = createServer(respond);
  server.on('upgrade', (_request, stream) => {
    stream.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello');
    stream.pipe(stream);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return clientAt(socket);
}

function clientAt(socket: string): Promise<EngineClient> {
  const address = { kind: 'socket', path: socket } as const;
  return EngineClient.create({ serverId: 'srv_x', serverName: 'ws1', address });
}

const call = { call: 'test', method: 'POST', path: '/x', timeoutMs: 1000 } as const;

describe('EngineClient', () => {
  it('sends the body as the body, and nothing of it in the URL', async () => {
    const seen: string[] = [];
    const client = await clientOf((request, response) => {
      seen.push(request.url ?? '');
      request.on('data', (chunk) => seen.push(String(chunk)));
      request.on('end', () => response.writeHead(201).end('{"Id":"c1"}'));
    });
    const body = { Image: 'i', Labels: { a: 'b' } };
    const response = await client.request(z.object({ Id: z.string() }), {
      ...call,
      query: { name: 'n' },
      body,
    });
    expect(response).toEqual({ status: 'ok', value: { Id: 'c1' } });
    expect(seen).toEqual(['/x?name=n', JSON.stringify(body)]);
    client.close();
  });

  it('returns expected errors and throws the others', async () => {
    const client = await clientOf((_request, response) =>
      response.writeHead(409).end('{"message":"in use"}'),
    );
    expect(await client.send({ ...call, expected: [409] })).toEqual({ status: 409, reason: 'in use' });
    await expect(client.send(call)).rejects.toSatisfy((error) => PodexError.has(error, 'container_failed'));
    client.close();
  });

  it('gives up on an engine that stays silent', async () => {
    const client = await clientOf(() => undefined);
    await expect(client.send({ ...call, timeoutMs: 30 })).rejects.toSatisfy((error) =>
      PodexError.has(error, 'timed_out'),
    );
    client.close();
  });

  it('ends with the reason of the signal', async () => {
    const client = await clientOf(() => undefined);
    const controller = new AbortController();
    const waiting = client.send({ ...call, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    client.close();
  });

  it('says of an engine that is not there that nothing listens', async () => {
    const address = { kind: 'socket', path: path.join(tmpdir(), 'podex-nobody.sock') } as const;
    const client = await EngineClient.create({ serverId: 'srv_x', serverName: 'ws1', address });
    await expect(client.send(call)).rejects.toThrow('the socket does not exist');
  });

  it('rejects a response of another shape', async () => {
    const client = await clientOf((_request, response) => response.end('{"Name":1}'));
    await expect(client.request(z.object({ Id: z.string() }), call)).rejects.toSatisfy((error) =>
      PodexError.has(error, 'internal'),
    );
    client.close();
  });

  it('takes a connection over, with what came right behind the head', async () => {
    const client = await clientOf(() => undefined);
    const response = await client.hijack({ ...call, body: { Detach: false } });
    if (response.status !== 'ok') throw new Error('refused');
    expect(String(await new Promise((resolve) => response.value.once('data', resolve)))).toBe('hello');
    response.value.destroy();
    client.close();
  });

  it('says why a connection was not given over', async () => {
    const socket = path.join(temporaryFolder('test'), 'docker.sock');
    const server = createTcpServer((connection) => {
      connection.end('HTTP/1.1 409 Conflict\r\ncontent-length: 25\r\n\r\n{"message":"not running"}');
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const client = await clientAt(socket);
    const expected = [409];
    expect(await client.hijack({ ...call, body: { Detach: false }, expected })).toEqual({
      status: 409,
      reason: 'not running',
    });
    client.close();
    server.close();
  });

  it.each([
    ['a response', 200],
    ['an error', 500],
  ])('reads no %s without an end, and no line', async (_what, status) => {
    let sent = 0;
    const client = await clientOf((_request, response) => {
      response.writeHead(status);
      const chunk = Buffer.alloc(1_048_576, 'x');
      const write = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', write);
      write();
    });
    await expect(client.request(z.unknown(), { ...call, timeoutMs: 20_000 })).rejects.toThrow(
      'is longer than',
    );
    const opened = client.openStream({ ...call, timeoutMs: 20_000 });
    if (status === 500) await expect(opened).rejects.toThrow('is longer than');
    else {
      const response = await opened;
      if (response.status !== 'ok') throw new Error('refused');
      await expect(readJsonLines(response.value).next()).rejects.toThrow('a line without an end');
    }
    expect(sent).toBeLessThan(100_000_000);
    client.close();
  });

  it('is not held up by an engine that sends a byte now and then, or a head alone', async () => {
    const client = await clientOf((request, response) => {
      response.writeHead(200).flushHeaders();
      if (request.url === '/head') return;
      const drip = setInterval(() => response.write(' '), 5);
      response.once('close', () => clearInterval(drip));
    });
    for (const at of ['/drip', '/head']) {
      const waiting = client.send({ ...call, path: at, timeoutMs: 100 });
      await expect(waiting).rejects.toSatisfy((error) => PodexError.has(error, 'timed_out'));
    }
    client.close();
  });

  it('does not follow DOCKER_HOST', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://203.0.113.1:2375');
    const client = await clientOf((_request, response) => response.end('"OK"'));
    expect((await client.send({ ...call, method: 'GET' })).status).toBe('ok');
    client.close();
  });

  it('says which certificate file is missing', async () => {
    const paths = { caPath: '/none/ca.pem', certPath: '/none/cert.pem', keyPath: '/none/key.pem' };
    const address = { kind: 'tls', host: 'ws1', port: 2376, ...paths } as const;
    await expect(EngineClient.create({ serverId: 'srv_x', serverName: 'ws1', address })).rejects.toThrow(
      'TLS file is missing',
    );
  });
});
