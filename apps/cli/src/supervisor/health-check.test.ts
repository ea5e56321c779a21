import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { askHealth, describeHealth } from './health-check.ts';
import { describeEnd } from './supervisor.ts';

const report = {
  ok: false,
  service: 'api',
  version: '0.1.0',
  uptime_seconds: 3,
  dependencies: {
    database: { ok: false, detail: 'connection refused' },
    compute: { ok: true },
    agent: { ok: false },
  },
};

async function serve(status: number, body: string) {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/health`, [Symbol.dispose]: () => void server.close() };
}

describe('the health of a service', () => {
  it('is what it says of itself', async () => {
    using well = await serve(200, JSON.stringify({ ...report, ok: true }));
    using ill = await serve(503, JSON.stringify(report));
    expect(await askHealth(well.url)).toMatchObject({ kind: 'healthy' });
    expect(await askHealth(ill.url)).toMatchObject({
      kind: 'unhealthy',
      problem: 'database: connection refused; agent is down',
    });
  });

  it('is asked for with the token that opens its detail', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    server.listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await askHealth(`http://127.0.0.1:${port}/health`, { token: 'the-token' });
    await askHealth(`http://127.0.0.1:${port}/health`);
    server.close();
    expect(seen).toEqual(['Bearer the-token', undefined]);
  });

  it('is unknown when it says nothing, or something else', async () => {
    using strange = await serve(500, '<html>');
    expect(await askHealth(strange.url)).toMatchObject({ kind: 'unhealthy', problem: 'answers 500' });
    expect(await askHealth('http://127.0.0.1:1/health')).toMatchObject({ kind: 'silent' });
    expect(describeHealth(undefined, 502)).toBe('answers 502');
  });
});

describe('the end of a service', () => {
  const end = { name: 'api', signal: null, output: 'last words', count: 1 };

  it('says how it ended and when it comes back', () => {
    expect(describeEnd({ ...end, code: 1, isMisconfigured: false, restartInMs: 1_200 })).toBe(
      'api ended (exit code 1); it is started again in 1.2 s (podex logs api)',
    );
  });

  it('says what is wrong when it cannot come back', () => {
    expect(describeEnd({ ...end, code: 78, isMisconfigured: true, restartInMs: undefined })).toBe(
      'api ended (exit code 78): last words',
    );
  });
});
