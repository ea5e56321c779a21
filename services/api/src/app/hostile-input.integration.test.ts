import { newId } from '@podex/contracts/ids';
import { FORWARDED_PATH } from '@podex/contracts/limits';
import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { OPERATION_BODIES } from '../../testing/operation-bodies.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

/** Routes that api answers itself, and that end. */
const OWN = PUBLIC_ROUTES.filter(
  ({ path, operationId }) =>
    !FORWARDED_PATH.test(path) && !['openLive', 'streamConversationEvents'].includes(operationId),
  // Deletes last: until then there is something to ask.
).sort((one, other) => Number(one.method === 'delete') - Number(other.method === 'delete'));

const UNSTORABLE = ['a\0b', 'a\ud800b', '\udc00', '2147483648', '9007199254740993'];
const RUNS_PER_ROUTE = 25;
const hostileText = fc.oneof(
  fc.constantFrom(
    '\0',
    'a\0b',
    '\ud800',
    '\udfff x',
    '\u001b[2J',
    '\u2028',
    '\u0085',
    '%00',
    "'; drop table workspace; --",
  ),
  fc.constantFrom(
    '-1',
    '1e999',
    'NaN',
    '9007199254740993',
    '2147483648',
    '0x10',
    ' ',
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer({ min: 1, max: 4000 }).map((length) => 'ü'.repeat(length)),
);
const hostileValue = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  fc.constantFrom(-1, 1e308, -0.5, 2 ** 31, 2 ** 53, null, true, [], {}, [[[]]]),
  fc.constant('x'.repeat(300_000)),
  fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
);

function fieldsOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function partsOf(route: (typeof PUBLIC_ROUTES)[number]) {
  const request: { query?: unknown; body?: unknown } = 'request' in route ? route.request : {};
  const body = z
    .object({ content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }) })
    .safeParse(request.body);
  return {
    query: fieldsOf(request.query),
    body: body.success ? fieldsOf(body.data.content['application/json'].schema) : undefined,
  };
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** Percent-encodes whatever it is; half a surrogate pair, which UTF-8 has no bytes for, as CESU does. */
function encode(text: string): string {
  const half = (unit: string) => {
    const code = unit.charCodeAt(0);
    return `%ED%${(0x80 | ((code >> 6) & 0x3f)).toString(16)}%${(0x80 | (code & 0x3f)).toString(16)}`;
  };
  return text.isWellFormed()
    ? encodeURIComponent(text)
    : [...text].map((unit) => (unit.isWellFormed() ? encodeURIComponent(unit) : half(unit))).join('');
}

describe('input that no honest client sends', () => {
  const api = setUpApi();
  let admin: TestUser;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    admin = await api().signInAdmin();
    const path = '/api/workspaces?wait_ms=0';
    const workspace = await api().ask('POST', path, { as: admin, body: { name: 'mine' } });
    const conversation = await api().ask('POST', `/api/workspaces/${workspace.body.id}/conversations`, {
      as: admin,
      body: {},
    });
    Object.assign(ids, {
      workspace_id: workspace.body.id,
      conversation_id: conversation.body.id,
      server_id: await ComputeWorker.registerServer(api()),
      turn_id: newId('turn'),
      approval_id: newId('approval'),
      token_id: newId('token'),
    });
  });

  interface Tried {
    params: Readonly<Record<string, string | null>>;
    query: Readonly<Record<string, string>>;
    body: Readonly<Record<string, unknown>>;
  }

  async function expectNoFailure(route: (typeof PUBLIC_ROUTES)[number], tried: Tried): Promise<void> {
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_match: string, name: string) =>
      encode(tried.params[name] || (ids[name] ?? '')),
    );
    const pairs = Object.entries({ wait_ms: '0', ...tried.query });
    const search = pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&');
    const base = OPERATION_BODIES[route.operationId];
    const right = typeof base === 'object' ? base : {};
    const { status, body } = await api().ask(route.method.toUpperCase(), `${path}?${search}`, {
      as: admin,
      body: partsOf(route).body === undefined ? undefined : { ...right, ...tried.body },
    });
    // These say by 503 that another service is away.
    const isReport = ['getHealth', 'getReady', 'getComputeHealth', 'listModels'].includes(route.operationId);
    expect(status, JSON.stringify(body)).toBeLessThan(isReport && status === 503 ? 504 : 500);
    if (isReport && status === 503) return;
    if (status >= 400) {
      expect(body.error).toMatchObject({ code: expect.any(String), request_id: expect.any(String) });
    }
  }

  it.each(OWN)('$operationId bears each bad character in each field', async (route) => {
    const { query, body } = partsOf(route);
    const none: Tried = { params: {}, query: {}, body: {} };
    await expectNoFailure(route, none);
    for (const bad of UNSTORABLE) {
      for (const name of namesIn(route.path))
        await expectNoFailure(route, { ...none, params: { [name]: bad } });
      for (const name of query) await expectNoFailure(route, { ...none, query: { [name]: bad } });
      for (const name of body ?? []) await expectNoFailure(route, { ...none, body: { [name]: bad } });
    }
  });

  // A check waits for compute, which is not here.
  it.each(OWN.filter(({ operationId }) => operationId !== 'checkServer'))(
    '$operationId never fails within',
    async (route) => {
      const { query, body } = partsOf(route);
      const names = namesIn(route.path).map((name) => [name, fc.option(hostileText, { freq: 2 })]);
      const input = fc.record({
        params: fc.record(Object.fromEntries(names)),
        query: fc.dictionary(fc.constantFrom('nothing', ...query), hostileText, { maxKeys: 3 }),
        body: fc.dictionary(fc.constantFrom('nothing', ...(body ?? [])), hostileValue, { maxKeys: 3 }),
      });
      const neverFails = fc.asyncProperty(input, (tried) => expectNoFailure(route, tried));
      await fc.assert(neverFails, { numRuns: RUNS_PER_ROUTE });
    },
  );
});
