import { connect } from 'node:net';
import { limitsOf } from '@podex/contracts/limits';
import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { describe, expect, it } from 'vitest';
import { sendRaw } from '../../testing/raw-request.ts';
import { setUpApi } from '../../testing/set-up.ts';

const ROUTES = PUBLIC_ROUTES.map((route) => ({ ...route, limits: limitsOf(route) }));
const WITH_BODY = ROUTES.filter(({ limits }) => limits.max_body_bytes !== 0);
/** Node looks for late heads once a second; the rest is what a busy machine takes. */
const LATE_MS_MAX = 8_000;
const BYTE_EVERY_MS = 1_000;
const api = setUpApi();

const pathOf = (path: string) => path.replaceAll(/\{\w+\}/g, 'some-id');

interface Ended {
  status: number;
  afterMs: number;
}

/** Sends `head`, then `byte` once a second for as long as the other side takes it. */
function trickle(head: string, byte: string): Promise<Ended> {
  const { hostname, port } = new URL(api().baseUrl);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(head));
    const timer = setInterval(() => socket.write(byte), BYTE_EVERY_MS);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ status: Number(received.split(' ')[1]), afterMs: performance.now() - startedAt });
    });
  });
}

describe('one byte a second', () => {
  it('of headers ends at the stated deadline, on every route at once', async () => {
    const ended = await Promise.all(
      ROUTES.map(async ({ operationId, method, path, limits }) => {
        const head = `${method.toUpperCase()} ${pathOf(path)} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: `;
        return { operationId, deadline: limits.head_deadline_ms, ...(await trickle(head, 'a')) };
      }),
    );
    for (const { operationId, deadline, status, afterMs } of ended) {
      expect(status, operationId).toBe(408);
      expect(afterMs, operationId).toBeGreaterThanOrEqual(deadline - BYTE_EVERY_MS);
      expect(afterMs, operationId).toBeLessThan(deadline + LATE_MS_MAX);
    }
  });

  it('of a body is refused before it is read, or ends at the stated deadline, on every route at once', async () => {
    const user = await api().signUp();
    const ended = await Promise.all(
      WITH_BODY.map(async ({ operationId, method, path, limits }) => {
        const head = [
          `${method.toUpperCase()} ${pathOf(path)} HTTP/1.1`,
          'Host: 127.0.0.1',
          `Authorization: Bearer ${user.token}`,
          'Content-Type: application/json',
          'Content-Length: 10000',
        ].join('\r\n');
        const deadline = limits.body_deadline_ms ?? limits.body_silence_ms ?? 0;
        return { operationId, deadline, ...(await trickle(`${head}\r\n\r\n`, ' ')) };
      }),
    );
    for (const { operationId, deadline, status, afterMs } of ended) {
      expect(status, operationId).toBeGreaterThanOrEqual(400);
      expect(status, operationId).toBeLessThan(500);
      expect(afterMs, operationId).toBeLessThan(deadline + LATE_MS_MAX);
    }
    expect(ended.filter(({ status }) => status === 408).length).toBeGreaterThan(0);
    const other = await api().ask('GET', '/api/me', { as: user });
    expect(other.status).toBe(200);
  });
});

describe('the stated size of a body', () => {
  const own = WITH_BODY.filter(({ limits }) => limits.body_deadline_ms !== null);

  const announce = (method: string, path: string, length: number) =>
    sendRaw(
      api().baseUrl,
      `${method.toUpperCase()} ${pathOf(path)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
    );

  it.each(own)('is the one that $operationId enforces', async ({ method, path, limits }) => {
    const max = limits.max_body_bytes ?? 0;
    const { status, body } = await announce(method, path, max + 1);
    expect({ status, context: JSON.parse(body).error.context }).toEqual({
      status: 413,
      context: { max_bytes: max },
    });
  });

  it('is none where a method takes none', async () => {
    for (const { method, path, operationId } of ROUTES.filter(({ limits }) => limits.max_body_bytes === 0)) {
      expect((await announce(method, path, 1)).status, operationId).toBe(400);
    }
  });

  it('ends with the head at the stated bytes', async () => {
    const head = (bytes: number) => {
      const start = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Long: ';
      return `${start}${'a'.repeat(bytes - start.length)}\r\n\r\n`;
    };
    const max = ROUTES[0]?.limits.max_head_bytes ?? 0;
    expect((await sendRaw(api().baseUrl, head(max - 100))).status).toBe(200);
    expect((await sendRaw(api().baseUrl, head(max + 100))).status).toBe(431);
  });
});
