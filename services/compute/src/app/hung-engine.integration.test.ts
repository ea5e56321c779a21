import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { newId, type ServerId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { capabilityFor } from '../../testing/compute-client.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';
import { HANGS, type Hang, startHungEngine } from '../../testing/hung-engine.ts';

/** A request is given up after 20 seconds; a machine that is busy takes a little longer. */
const GIVEN_UP_WITHIN_MS = 25_000;
/** Sooner than anything that hangs is given up. */
const AT_ONCE_MS = 8_000;
/** A check of a server has many calls, each with a limit; who waits for it does so for a minute. */
const CHECKED_WITHIN_MS = 65_000;

let engine: Awaited<ReturnType<typeof startHungEngine>>;
let compute: ComputeFixture;
let server: ServerId;
const workspaces = new Map<Hang, WorkspaceId>(HANGS.map((hang) => [hang, newId('workspace')]));

beforeAll(async () => {
  const socket = path.join(temporaryFolder('engine'), 'docker.sock');
  engine = await startHungEngine(socket, workspaces);
  compute = await startComputeFixture();
  server = compute.api.addServer({ name: 'hung', docker_socket: socket });
  const listed = async () => (compute.api.snapshots.has(server) ? true : undefined);
  await waitUntil(listed, { timeoutMs: 20_000, everyMs: 20 });
});

afterAll(async () => {
  await compute?.stop();
  await engine?.stop();
});

async function timed<Result>(work: Promise<Result>): Promise<{ result: Result; tookMs: number }> {
  const startedAt = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - startedAt };
}

/** The status of the response to somebody who opens a terminal. */
async function attach(id: WorkspaceId): Promise<number> {
  const { hostname, port } = new URL(compute.client.baseUrl);
  const client = connect(Number(port), hostname);
  client.write(
    `GET /workspaces/${id}/terminals/trm_1/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${await capabilityFor(id)}\r\n\r\n`,
  );
  const [head] = await once(client, 'data');
  client.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(head))?.[1]);
}

describe('an engine that starts nothing that it is asked to', { timeout: 120_000 }, () => {
  it('hangs no request, whatever the route and wherever it hangs', async () => {
    const inside = [...workspaces].flatMap(([hang, id]) =>
      [
        { what: 'files', request: compute.client.inside(id, '/files').then(({ status }) => status) },
        {
          what: 'a command',
          request: compute.client
            .inside(id, `/commands/${newId('command')}?wait_ms=60000`, {
              method: 'PUT',
              body: '{"command":"x"}',
            })
            .then(({ status }) => status),
        },
        { what: 'a terminal', request: attach(id) },
      ].map(({ what, request }) => timed(request).then((ended) => ({ hang, what, ...ended }))),
    );
    const nowhere = timed(compute.client.inside(newId('workspace'), '/files'));
    const check = timed(compute.client.ask(`/servers/${server}/check`, { method: 'POST' }));
    // Of compute itself meanwhile.
    for (const route of ['/health', '/ready']) {
      const { tookMs } = await timed(fetch(`${compute.client.baseUrl}${route}`));
      expect(tookMs).toBeLessThan(AT_ONCE_MS);
    }
    const metrics = await timed(compute.client.metrics());
    expect(metrics.tookMs).toBeLessThan(AT_ONCE_MS);
    expect(await metrics.result.text()).toMatch(/podex_server_calls_held_back\{server="hung"/);
    for (const { hang, what, result, tookMs } of await Promise.all(inside)) {
      expect({ hang, what, result }).toEqual({
        hang,
        what,
        result: expect.toSatisfy((status) => status >= 500),
      });
      expect(tookMs).toBeLessThan(GIVEN_UP_WITHIN_MS);
    }
    const { result: unknown, tookMs } = await nowhere;
    expect(unknown.status).toBe(409);
    expect(tookMs).toBeLessThan(GIVEN_UP_WITHIN_MS);
    const checked = await check;
    expect(checked.tookMs).toBeLessThan(CHECKED_WITHIN_MS);
    const body = await checked.result.json();
    // As far as it got: its engine makes no container either.
    if (checked.result.ok) expect(body.status).toMatch(/unfit|unreachable/);
    else expect(body.error.code).toBe('timed_out');
  });
});
