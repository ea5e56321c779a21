import { newId } from '@podex/contracts/ids';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type CheckedRequest,
  createCapabilityCheck,
  createCapabilitySigner,
  requestClaims,
} from './capability.ts';

const KEY = 'key-of-api-and-compute';
const sign = createCapabilitySigner(KEY);
const check = createCapabilityCheck(KEY);
const workspaceId = newId('workspace');
const target = `/workspaces/${workspaceId}/files?path=a`;
const grant = {
  workspaceId,
  userId: newId('user'),
  requestId: 'request-1',
  access: 'read',
  method: 'GET',
  target,
} as const;
const turn = {
  kind: 'turn',
  workspace_id: workspaceId,
  turn_id: newId('turn'),
  attempt: 1,
  access: 'write',
} as const;

function request(token: string, changes: Partial<CheckedRequest> = {}): CheckedRequest {
  return {
    authorization: `Bearer ${token}`,
    workspaceId,
    method: 'GET',
    target,
    ...changes,
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a capability for one request', () => {
  it('opens that request', async () => {
    expect(await check(request(await sign(requestClaims(grant))))).toMatchObject({
      kind: 'request',
      access: 'read',
    });
  });

  it.each<[string, Partial<CheckedRequest>]>([
    ['another workspace', { workspaceId: newId('workspace') }],
    ['another method', { method: 'HEAD' }],
    ['another path', { target: `/workspaces/${workspaceId}/files/content?path=a` }],
    ['another query', { target: `/workspaces/${workspaceId}/files?path=b` }],
    ['no query', { target: `/workspaces/${workspaceId}/files` }],
  ])('does not open %s', async (_title, changes) => {
    const token = await sign(requestClaims(grant));
    await expect(check(request(token, changes))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('that reads changes nothing', async () => {
    for (const changes of [{ method: 'PUT' }, { method: 'POST' }, { method: 'DELETE' }]) {
      const token = await sign(requestClaims({ ...grant, ...changes }));
      await expect(check(request(token, changes))).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('is over soon, whatever it says: 30 seconds, and five for clocks that differ', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await sign(requestClaims(grant));
    vi.advanceTimersByTime(34_000);
    await check(request(token));
    vi.advanceTimersByTime(2000);
    await expect(check(request(token))).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is good by the clock of who signed it, where that is heard, and no longer than by that', async () => {
    const token = await sign(requestClaims(grant));
    const signedAtMs = Date.now();
    vi.useFakeTimers({ now: signedAtMs + 600_000 });
    const heard = (sinceMs: number) => createCapabilityCheck(KEY, () => new Date(signedAtMs + sinceMs));
    await expect(check(request(token))).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await heard(20_000)(request(token))).toMatchObject({ kind: 'request' });
    await expect(heard(40_000)(request(token))).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is not taken before its time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const now = Date.now();
    vi.setSystemTime(now + 20_000);
    const token = await sign(requestClaims(grant));
    vi.setSystemTime(now);
    await expect(check(request(token))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('a capability for a turn', () => {
  it('opens its workspace for all, for a minute, and no other workspace', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await sign(turn);
    for (const method of ['GET', 'PUT']) await check(request(token, { method }));
    await expect(check(request(token, { workspaceId: newId('workspace') }))).rejects.toMatchObject({
      code: 'forbidden',
    });
    vi.advanceTimersByTime(66_000);
    await expect(check(request(token))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('what is no capability of ours', () => {
  const forged = (
    key: string | Uint8Array,
    header: { alg: string; typ?: string },
    audience = 'podex-compute',
  ) =>
    new SignJWT({ ...turn })
      .setProtectedHeader(header)
      .setIssuer('podex-api')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each<[string, () => Promise<string>]>([
    ['the key itself', async () => KEY],
    ['nothing', async () => ''],
    ['another key’s signature', () => createCapabilitySigner('another-key-entirely')(turn)],
    [
      'a signature by the key that was not derived',
      () => forged(KEY, { alg: 'HS256', typ: 'podex-capability+jwt' }),
    ],
    [
      'alg none',
      async () => {
        const now = Math.floor(Date.now() / 1000);
        const claims = { ...turn, iss: 'podex-api', aud: 'podex-compute', iat: now, exp: now + 30 };
        return `${encode({ alg: 'none', typ: 'podex-capability+jwt' })}.${encode(claims)}.`;
      },
    ],
    [
      'claims changed after signing',
      async () => {
        const [head, , signature] = (await sign(turn)).split('.');
        const now = Math.floor(Date.now() / 1000);
        const claims = { ...turn, iss: 'podex-api', aud: 'podex-compute', iat: now, exp: now + 59 };
        return `${head}.${encode(claims)}.${signature}`;
      },
    ],
  ])('%s', async (_title, token) => {
    await expect(check(request(await token()))).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('without a bearer token', async () => {
    const token = await sign(turn);
    for (const authorization of [undefined, token, `Basic ${token}`]) {
      await expect(check({ ...request(token), authorization })).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
  });
});
