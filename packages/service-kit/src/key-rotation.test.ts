import { newId } from '@podex/contracts/ids';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCapabilityCheck, createCapabilitySigner, requestClaims } from './capability.ts';
import { type HttpEnv, useHttpBasics } from './http-app.ts';
import { startHttpServer } from './http-server.ts';
import { internalAuth } from './internal-auth.ts';
import { createInternalClient } from './internal-client.ts';
import { type KeyList, keyListVariable } from './key-list.ts';
import { createLogger } from './logger.ts';

const OLD = 'the-old-key-that-is-taken-away-0000';
const NEW = 'the-new-key-that-is-brought-in-00000';
/** What a service may have while a key is changed. */
const STATES: readonly KeyList[] = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]];
const PAIRS = STATES.flatMap((caller) => STATES.map((called) => ({ caller, called }))).map((pair) => ({
  ...pair,
  agree: pair.caller.some((key) => pair.called.includes(key)),
  title: [pair.caller, pair.called]
    .map((keys) => keys.map((key) => (key === OLD ? 'old' : 'new')).join(','))
    .join(' calls '),
}));

async function serve(keys: KeyList, refusedStatus: 401 | 404) {
  const app = new Hono<HttpEnv>();
  useHttpBasics(app, createLogger({ service: 'test', level: 'silent' }));
  let effects = 0;
  app.use('*', async (context, next) => {
    if (refusedStatus === 401) return internalAuth(keys)(context, next);
    const isKnown = keys.some((key) => context.req.header('authorization') === `Bearer ${key}`);
    return isKnown ? next() : context.notFound();
  });
  app.post('/internal/count', async (context) => {
    effects += 1;
    return context.json({ given: await context.req.json() });
  });
  const server = await startHttpServer({ fetch: app.fetch, port: 0, host: '127.0.0.1' });
  return {
    baseUrl: `http://127.0.0.1:${server.port}`,
    effects: () => effects,
    [Symbol.asyncDispose]: () => server.close(0),
  };
}

describe('while a key is changed', () => {
  it.each(PAIRS)(
    '$title: no call fails between services that share a key',
    async ({ caller, called, agree }) => {
      for (const refusedStatus of [401, 404] as const) {
        await using server = await serve(called, refusedStatus);
        const client = createInternalClient({ service: 'other', baseUrl: server.baseUrl, key: caller });
        const answer = z.object({ given: z.object({ n: z.number() }) });
        const call = client.request('POST', '/internal/count', answer, { body: { n: 1 } });
        if (agree) expect(await call).toEqual({ given: { n: 1 } });
        else await expect(call).rejects.toMatchObject({ status: refusedStatus });
        expect(server.effects()).toBe(agree ? 1 : 0);
      }
    },
  );

  it.each(PAIRS)(
    '$title: a capability is good for services that share a key',
    async ({ caller, called, agree }) => {
      const workspaceId = newId('workspace');
      const request = { method: 'GET', target: `/workspaces/${workspaceId}/files` };
      const grant = {
        ...request,
        workspaceId,
        userId: newId('user'),
        access: 'read',
        requestId: 'request-1',
      } as const;
      const token = await createCapabilitySigner(caller)(requestClaims(grant));
      const checked = createCapabilityCheck(called)({
        ...request,
        workspaceId,
        authorization: `Bearer ${token}`,
      });
      if (agree) expect(await checked).toMatchObject({ workspace_id: workspaceId, access: 'read' });
      else await expect(checked).rejects.toMatchObject({ code: 'unauthenticated' });
      expect(token).not.toContain(OLD);
    },
  );

  it('a capability of a key that is gone is none, in whatever company', async () => {
    const workspaceId = newId('workspace');
    const request = { method: 'GET', target: '/x' };
    const claims = requestClaims({
      ...request,
      workspaceId,
      userId: newId('user'),
      access: 'read',
      requestId: 'r',
    });
    const stale = await createCapabilitySigner(OLD)(claims);
    const check = createCapabilityCheck(NEW);
    for (const token of [
      stale,
      `${stale}~${stale}`,
      `${stale}~`,
      `~${stale}`,
      `${stale}~x~${stale}`,
      '~',
      '',
    ]) {
      const attempt = check({ ...request, workspaceId, authorization: `Bearer ${token}` });
      await expect(attempt, token).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });
});

describe('keyListVariable', () => {
  it('takes one key, or the new one and the old one', () => {
    expect(keyListVariable.parse(OLD)).toEqual([OLD]);
    expect(keyListVariable.parse(`${NEW}, ${OLD}`)).toEqual([NEW, OLD]);
  });

  it.each([
    ['a short key', 'short', /at least 32/],
    ['a short second key', `${NEW},short`, /at least 32/],
    ['an empty second key', `${NEW},`, /at least 32/],
    ['the same key twice', `${NEW},${NEW}`, /the same key twice/],
    ['three keys', `${NEW},${OLD},${NEW}x`, /may have 2 keys/],
  ])('refuses %s', (_name, value, message) => {
    expect(keyListVariable.safeParse(value).error?.message).toMatch(message);
  });
});
