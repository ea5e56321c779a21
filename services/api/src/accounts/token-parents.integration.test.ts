import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const DAY_MS = 24 * 60 * 60_000;

describe('a token made with a token', () => {
  const api = setUpApi();
  const withSession = (user: TestUser, body: object) =>
    api().ask('POST', '/api/tokens', { headers: { cookie: user.cookie, origin: PAGE_ORIGIN }, body });
  const withToken = (user: TestUser, token: string, body: object) =>
    api().ask('POST', '/api/tokens', { as: { ...user, token }, body });
  const statusOf = async (user: TestUser, token: string) =>
    (await api().ask('GET', '/api/me', { as: { ...user, token } })).status;

  it('ends with it, at the latest', async () => {
    const user = await api().signUp();
    const parent = (await withSession(user, { name: 'day', expires_in_days: 1 })).body;
    const child = (await withToken(user, parent.secret, { name: 'child' })).body;
    expect(child.expires_at).toBe(parent.expires_at);
    const longer = await withToken(user, parent.secret, { name: 'year', expires_in_days: 366 });
    expect([longer.status, longer.body.error.code]).toEqual([400, 'invalid_request']);
    expect(longer.body.error.message).toContain(parent.expires_at);

    const month = (await withSession(user, { name: 'month', expires_in_days: 31 })).body;
    const tooLong = await withToken(user, month.secret, { name: 'x', expires_in_days: 31 });
    expect(tooLong.body.error.message).toContain('expires_in_days may be at most 30');
    const shorter = (await withToken(user, month.secret, { name: 'x', expires_in_days: 30 })).body;
    expect(Date.parse(shorter.expires_at)).toBeLessThan(Date.parse(month.expires_at));
    const year = (await withSession(user, { name: 'year', expires_in_days: 366 })).body;
    const usual = (await withToken(user, year.secret, { name: 'x' })).body;
    expect(Math.round((Date.parse(usual.expires_at) - Date.now()) / DAY_MS)).toBe(90);
  });

  it('is deleted with it, over every generation, and they are counted', async () => {
    const user = await api().signUp();
    const root = (await withSession(user, { name: 'root' })).body;
    const secrets: string[] = [root.secret];
    for (let depth = 1; depth <= 8; depth += 1) {
      secrets.push((await withToken(user, secrets.at(-1) ?? '', { name: `depth ${depth}` })).body.secret);
    }
    const deeper = await withToken(user, secrets.at(-1) ?? '', { name: 'too deep' });
    expect(deeper.body.error).toMatchObject({
      code: 'limit_reached',
      context: { limit: 'token_depth', max: 8 },
    });
    expect((await api().ask('DELETE', `/api/tokens/${root.id}`, { as: user })).status).toBe(204);
    for (const secret of secrets) expect(await statusOf(user, secret)).toBe(401);
    expect(await statusOf(user, user.token)).toBe(200);
  });

  it('can end itself, whatever its scope, and nothing but itself', async () => {
    const user = await api().signUp();
    const reader = (await withSession(user, { name: 'r', scope: 'read' })).body;
    const end = (headers: Record<string, string>) => api().ask('DELETE', '/api/tokens/current', { headers });
    expect((await end({ authorization: `Bearer ${reader.secret}` })).status).toBe(204);
    expect(await statusOf(user, reader.secret)).toBe(401);
    expect(await statusOf(user, user.token)).toBe(200);
    expect((await end({ cookie: user.cookie, origin: PAGE_ORIGIN })).body.error.code).toBe('invalid_request');
  });

  it('has no more scope than it, also when it asks while that one is being revoked', async () => {
    const user = await api().signUp();
    const reader = (await withSession(user, { name: 'r', scope: 'read' })).body;
    expect((await withToken(user, reader.secret, { name: 'w', scope: 'write' })).body.error.code).toBe(
      'forbidden',
    );
    const parents = await Promise.all(Array.from({ length: 10 }, () => withSession(user, { name: 'p' })));
    const children = await Promise.all(
      parents.map(async ({ body: parent }) => {
        const [child] = await Promise.all([
          withToken(user, parent.secret, { name: 'c' }),
          api().ask('DELETE', `/api/tokens/${parent.id}`, { as: user }),
        ]);
        return child;
      }),
    );
    for (const child of children) {
      if (child.status === 201) expect(await statusOf(user, child.body.secret)).toBe(401);
      else expect([401, 404]).toContain(child.status);
    }
  });

  it('is not the one that another credential made with the same Idempotency-Key', async () => {
    const user = await api().signUp();
    const page = { cookie: user.cookie, origin: PAGE_ORIGIN };
    const make = (headers: Record<string, string>) =>
      api().ask('POST', '/api/tokens', {
        headers: { ...headers, 'idempotency-key': 'deploy-1' },
        body: { name: 'ci', expires_in_days: 90 },
      });
    expect((await make(page)).status).toBe(201);
    const stolen = await make({ authorization: `Bearer ${user.token}` });
    expect([stolen.status, stolen.body.error?.code]).toEqual([409, 'idempotency_key_reused']);
  });

  it('is refused when the user has a hundred', async () => {
    const user = await api().signUp();
    const made = await Promise.all(
      Array.from({ length: 105 }, (_, name) => withSession(user, { name: `${name}` })),
    );
    const refused = made.filter(({ status }) => status === 429);
    // One is there from signing up.
    expect(refused).toHaveLength(6);
    expect(refused[0]?.body.error).toMatchObject({
      code: 'limit_reached',
      context: { limit: 'max_tokens_per_user', max: 100, used: 100 },
    });
  });
});

describe('a new password', () => {
  const api = setUpApi();
  const change = (user: TestUser, more: object = {}) =>
    api().ask('POST', '/api/auth/change-password', {
      headers: { cookie: user.cookie, origin: PAGE_ORIGIN },
      body: { currentPassword: PASSWORD, newPassword: 'another-long-password', ...more },
    });
  const isGood = async (headers: Record<string, string>) =>
    (await api().ask('GET', '/api/me', { headers: { origin: PAGE_ORIGIN, ...headers } })).status === 200;

  it('ends every session and gives the one that set it a new cookie; tokens stay unless they are to go', async () => {
    const user = await api().signUp();
    const signedIn = await api().ask('POST', '/api/auth/sign-in/email', {
      headers: { origin: PAGE_ORIGIN },
      body: { email: user.email, password: PASSWORD },
    });
    const other = { ...user, cookie: cookieOf(signedIn) };
    expect(await isGood({ cookie: other.cookie })).toBe(true);
    const changed = await change(user, { revokeOtherSessions: false });
    expect(changed.status).toBe(200);
    const renewed = cookieOf(changed);
    expect(await isGood({ cookie: renewed })).toBe(true);
    expect(await isGood({ cookie: other.cookie })).toBe(false);
    expect(await isGood({ cookie: user.cookie })).toBe(false);
    expect(await isGood({ authorization: `Bearer ${user.token}` })).toBe(true);
  });

  it('ends all tokens when asked, and none when the old password was wrong', async () => {
    const user = await api().signUp();
    const wrong = await change(user, { currentPassword: 'not-the-password', revoke_tokens: true });
    expect(wrong.status).toBe(401);
    expect(await isGood({ authorization: `Bearer ${user.token}` })).toBe(true);
    expect(await isGood({ cookie: user.cookie })).toBe(true);
    expect((await change(user, { revoke_tokens: true })).status).toBe(200);
    expect(await isGood({ authorization: `Bearer ${user.token}` })).toBe(false);
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const rows = await database.db.selectFrom('token').select('id').where('user_id', '=', user.id).execute();
    expect(rows).toEqual([]);
  });
});
