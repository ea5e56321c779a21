import { Agent, request as httpRequest } from 'node:http';
import { newId } from '@podex/contracts/ids';
import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { fuzzSettings } from '../../testing/config.ts';
import { type FuzzedRequest, requestsTo } from '../../testing/request-fuzz.ts';
import { faultOf, type SeenResponse } from '../../testing/response-oracle.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { STARTS_FOR_USE } from '../gateway/gateway-routes.ts';

const RUNS_PER_ROUTE = 30;
/** Nothing here waits for anything. */
const RESPONSE_DEADLINE_MS = 10_000;
/** It waits half a minute for compute, which is not here: it is asked of servers that are not there. */
const WAITS_FOR_COMPUTE = ['checkServer'];
const { seed, runs } = fuzzSettings();

/** Ends what its caller asks with, and nothing could be asked after it. */
const ENDS_ITS_CALLER = 'deleteCurrentToken';

/** Deletes last: until then there is something to ask. */
const ROUTES = PUBLIC_ROUTES.filter(({ operationId }) => operationId !== ENDS_ITS_CALLER).sort(
  (one, other) => Number(one.method === 'delete') - Number(other.method === 'delete'),
);

describe(`requests of all kinds, seed ${seed}`, () => {
  const api = setUpApi();
  const agent = new Agent({ keepAlive: true });
  const tokens = new Map<FuzzedRequest['actor'], string>();
  const ids: Record<string, string> = {};
  let admin: TestUser;

  beforeAll(async () => {
    process.stdout.write(
      `fuzz: seed ${seed}, ${RUNS_PER_ROUTE * runs} requests to each of ${ROUTES.length} routes\n`,
    );
    admin = await api().signInAdmin();
    const user = await api().signUp();
    tokens.set('admin', admin.token).set('user', user.token);
    const workspace = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as: user,
      body: { name: 'mine' },
    });
    const path = `/api/workspaces/${workspace.body.id}/conversations`;
    const conversation = await api().ask('POST', path, { as: user, body: {} });
    Object.assign(ids, {
      workspace_id: workspace.body.id,
      conversation_id: conversation.body.id,
      server_id: await ComputeWorker.registerServer(api()),
      turn_id: newId('turn'),
      approval_id: newId('approval'),
    });
  });
  afterAll(() => agent.destroy());

  it.each(ROUTES)('$operationId answers as it declares', async (route) => {
    const there = Object.fromEntries(
      Object.entries(ids).filter(([name]) => !isWaitedFor(route.operationId, name)),
    );
    let answered = 0;
    const answersAsDeclared = fc.asyncProperty(requestsTo(route, there), async (request) => {
      const seen = await send(request);
      answered += 1;
      const fault = faultOf(route, seen);
      if (fault !== undefined) throw new Error(`${request.method} ${request.target.slice(0, 300)}\n${fault}`);
    });
    await fc.assert(answersAsDeclared, { seed, numRuns: RUNS_PER_ROUTE * runs });
    expect(answered).toBeGreaterThanOrEqual(RUNS_PER_ROUTE);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('left everything as good as it was', async () => {
    const health = await api().ask('GET', '/ready');
    expect(health.body.dependencies).toMatchObject({ database: { ok: true }, bus: { ok: true } });
    const again = await api().ask('GET', '/api/me', { as: admin });
    expect({ status: again.status, role: again.body.role }).toEqual({ status: 200, role: 'admin' });
  });

  function send({ actor, method, target, headers, body }: FuzzedRequest): Promise<SeenResponse> {
    const token = tokens.get(actor);
    return new Promise((resolve, reject) => {
      const request = httpRequest(new URL(api().baseUrl), {
        method,
        path: target,
        agent,
        signal: AbortSignal.timeout(RESPONSE_DEADLINE_MS),
        headers: [
          ['host', new URL(api().baseUrl).host],
          ...(token === undefined ? [] : [['authorization', `Bearer ${token}`]]),
          ...headers.filter(([name]) => name !== 'authorization' || token === undefined),
          ...(body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))]]),
        ].flat(),
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const { statusCode: status = 0, headers: given } = response;
        const contentType = given['content-type'];
        const seen = (text: string) =>
          resolve({ status, contentType, body: text, isHead: method === 'HEAD' });
        // It never ends by itself.
        if (contentType?.startsWith('text/event-stream')) {
          seen('');
          response.destroy();
          return;
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => seen(Buffer.concat(chunks).toString('utf8')));
      });
      request.end(body);
    });
  }
});

function isWaitedFor(operation: string, id: string): boolean {
  if (id === 'server_id') return WAITS_FOR_COMPUTE.includes(operation);
  // Half a minute for a workspace to start: they are asked of workspaces that are not there.
  return id === 'workspace_id' && STARTS_FOR_USE.has(operation);
}
