import { connect } from 'node:net';
import { createHealthReporter } from '@podex/service-kit/health';
import { useHttpBasics } from '@podex/service-kit/http-app';
import { type HttpServer, startHttpServer } from '@podex/service-kit/http-server';
import { internalAuth } from '@podex/service-kit/internal-auth';
import { createLogger } from '@podex/service-kit/logger';
import { createMetrics } from '@podex/service-kit/metrics';
import { addServiceRoutes } from '@podex/service-kit/service-routes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComputeApp } from './compute-app.ts';

const KEYS = ['compute-key-of-tests-of-32-characters', 'previous-key-of-tests-of-32-characters'] as const;
const HOST = 'Host: compute';
let http: HttpServer | undefined;

beforeAll(async () => {
  const app = createComputeApp();
  useHttpBasics(app, createLogger({ service: 'compute', level: 'silent' }));
  addServiceRoutes(app, {
    health: createHealthReporter({ service: 'compute', version: '0', dependencies: {} }),
    metrics: createMetrics('compute'),
    metricsToken: undefined,
    internalKeys: KEYS,
  });
  app.use('/servers/*', internalAuth(KEYS));
  http = await startHttpServer({ fetch: app.fetch, port: 0, host: '127.0.0.1' });
});
afterAll(() => http?.close(0));

/** Everything that comes back for these characters, until compute closes the connection. */
function send(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host: '127.0.0.1', port: http?.port ?? 0 }, () => socket.write(text, 'latin1'));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
/** A second request that must not be read out of the first one’s bytes. */
const HIDDEN = `GET /ready HTTP/1.1\r\n${HOST}\r\n\r\n`;

describe('framing of requests to compute’s own routes', () => {
  it.each([
    ['no Host', ['GET /health HTTP/1.1']],
    ['two Hosts', ['GET /health HTTP/1.1', HOST, HOST]],
    [
      'two lengths',
      ['POST /servers/x/check HTTP/1.1', HOST, 'Content-Length: 0', `Content-Length: ${HIDDEN.length}`],
    ],
    [
      'a length and chunks',
      ['POST /servers/x/check HTTP/1.1', HOST, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
    ],
    ['a length with a sign', ['POST /servers/x/check HTTP/1.1', HOST, 'Content-Length: +4']],
    ['a length in hexadecimal', ['POST /servers/x/check HTTP/1.1', HOST, 'Content-Length: 0x4']],
    [
      'chunks that are not the last coding',
      ['POST /servers/x/check HTTP/1.1', HOST, 'Transfer-Encoding: chunked, gzip'],
    ],
    ['a body of a GET', ['GET /health HTTP/1.1', HOST, `Content-Length: ${HIDDEN.length}`]],
    ['chunks of a GET', ['GET /health HTTP/1.1', HOST, 'Transfer-Encoding: chunked']],
    ['a space before the colon', ['GET /health HTTP/1.1', HOST, 'Content-Length : 4']],
    ['a folded line', ['GET /health HTTP/1.1', HOST, 'X-A: b', '\tc']],
    ['an absolute target', ['GET http://elsewhere/health HTTP/1.1', HOST]],
    ['an unknown expectation', ['GET /health HTTP/1.1', HOST, 'Expect: miracles']],
  ])('%s is refused once, and nothing behind it is read', async (_name, lines) => {
    const received = await send(`${lines.join('\r\n')}\r\n\r\n${HIDDEN}`);
    const [status, ...others] = statusesIn(received);
    expect([400, 417]).toContain(status);
    expect(others).toEqual([]);
    expect(received).toContain('"invalid_request"');
  });

  it('two whole requests get two responses', async () => {
    const last = `GET /health HTTP/1.1\r\n${HOST}\r\nConnection: close\r\n\r\n`;
    expect(statusesIn(await send(`${HIDDEN}${last}`))).toEqual([200, 200]);
  });

  it('takes neither key in another form', async () => {
    for (const line of [
      `Authorization: Bearer ${KEYS.join(',')}`,
      `Authorization: Basic ${KEYS[0]}`,
      `Authorization: Bearer ${KEYS[0]}x`,
      `Authorization: Bearer ${KEYS[0]}\r\nAuthorization: Bearer ${KEYS[0]}`,
    ]) {
      const request = `POST /servers/x/check HTTP/1.1\r\n${HOST}\r\n${line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
      expect(statusesIn(await send(request)), line).toEqual([401]);
    }
    for (const key of KEYS) {
      const request = `POST /servers/x/none HTTP/1.1\r\n${HOST}\r\nAuthorization: Bearer ${key}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
      expect(statusesIn(await send(request))).toEqual([404]);
    }
  });
});
