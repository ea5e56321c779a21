import { userId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

describe('own sessions', () => {
  const api = setUpApi(() => ({ variables: { TRUSTED_PROXIES: '127.0.0.1' } }));
  const page = (cookie: string) => ({ cookie, origin: PAGE_ORIGIN });
  const list = (cookie: string) => api().ask('GET', '/api/sessions', { headers: page(cookie) });
  const isSignedIn = async (cookie: string) =>
    (await api().ask('GET', '/api/me', { headers: page(cookie) })).status === 200;
  const signIn = async (user: TestUser, headers: Record<string, string> = {}) =>
    cookieOf(
      await api().ask('POST', '/api/auth/sign-in/email', {
        body: { email: user.email, password: PASSWORD },
        headers,
      }),
    );

  it('say where, when and how, and nothing that one could sign in with', async () => {
    const user = await api().signUp();
    const cookie = await signIn(user, { 'user-agent': FIREFOX, 'x-forwarded-for': '203.0.113.9' });
    const { status, body } = await list(cookie);
    expect([status, body.next, body.items.length]).toEqual([200, null, 2]);
    const current = body.items.find((item: { is_current: boolean }) => item.is_current);
    expect(current).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      is_current: true,
      device: 'Firefox on Linux',
      address: '203.0.113.9',
      method: 'password',
      created_at: expect.any(String),
      last_used_at: expect.any(String),
      expires_at: expect.any(String),
    });
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const rows = await database.db.selectFrom('session').select('token').execute();
    expect(rows.length).toBeGreaterThan(1);
    for (const { token } of rows) expect(JSON.stringify(body)).not.toContain(token);
  });

  it('show the last use, noted once a minute', async () => {
    const user = await api().signUp();
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const setLastUse = (msAgo: number) =>
      database.db
        .updateTable('session')
        .set({ last_used_at: new Date(Date.now() - msAgo) })
        .where('user_id', '=', userId.parse(user.id))
        .execute();
    const lastUse = async () => Date.parse((await list(user.cookie)).body.items[0].last_used_at);
    await setLastUse(10 * 60_000);
    expect(Date.now() - (await lastUse())).toBeLessThan(60_000);
    await setLastUse(40_000);
    expect(Date.now() - (await lastUse())).toBeGreaterThan(39_000);
  });

  it('end one by one, and all but the one that asks', async () => {
    const user = await api().signUp();
    const [second, third] = [await signIn(user), await signIn(user)];
    const { items } = (await list(second)).body;
    const current = items.find((item: { is_current: boolean }) => item.is_current);
    const end = (cookie: string, id: string) =>
      api().ask('DELETE', `/api/sessions/${id}`, { headers: page(cookie) });
    expect((await end(user.cookie, current.id)).status).toBe(204);
    expect((await end(user.cookie, current.id)).body.error.code).toBe('session_not_found');
    expect([await isSignedIn(second), await isSignedIn(third)]).toEqual([false, true]);

    expect((await api().ask('DELETE', '/api/sessions', { headers: page(user.cookie) })).status).toBe(204);
    expect([await isSignedIn(user.cookie), await isSignedIn(third)]).toEqual([true, false]);
    expect((await list(user.cookie)).body.items).toHaveLength(1);
  });

  it('are nobody else’s to see or to end', async () => {
    const [user, stranger] = [await api().signUp(), await api().signUp()];
    const [own] = (await list(user.cookie)).body.items;
    const answer = await api().ask('DELETE', `/api/sessions/${own.id}`, { headers: page(stranger.cookie) });
    expect([answer.status, answer.body.error.code]).toEqual([404, 'session_not_found']);
    expect((await api().ask('DELETE', '/api/sessions', { headers: page(stranger.cookie) })).status).toBe(204);
    expect(await isSignedIn(user.cookie)).toBe(true);
    const ids = (await list(stranger.cookie)).body.items.map((item: { id: string }) => item.id);
    expect(ids).not.toContain(own.id);
    for (const id of ['x', "'; drop table session; --", `${own.id}0`]) {
      const malformed = await api().ask('DELETE', `/api/sessions/${encodeURIComponent(id)}`, {
        headers: page(user.cookie),
      });
      expect(malformed.body.error.code).toBe('invalid_request');
    }
  });

  it.each([
    ['GET', 'list-sessions'],
    ['POST', 'revoke-session'],
    ['POST', 'revoke-sessions'],
    ['POST', 'revoke-other-sessions'],
  ])('have no second door: %s %s is closed', async (method, path) => {
    const user = await api().signUp();
    const body = method === 'GET' ? {} : { body: { token: 'x' } };
    const answer = await api().ask(method, `/api/auth/${path}`, { headers: page(user.cookie), ...body });
    expect(answer.status).toBe(404);
    expect(await isSignedIn(user.cookie)).toBe(true);
  });
});
