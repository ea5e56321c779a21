import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { EngineClient } from './client.ts';

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
  return EngineClient.create({
    serverId: 'srv_x',
    serverName: 'ws1',
    address: { kind: 'socket', path: socket },
  });
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
