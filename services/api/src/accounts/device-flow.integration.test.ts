import { type CreatedDeviceCode, USER_CODE_LETTERS } from '@podex/contracts/devices';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { type Answer, PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';
import { deleteOldDeviceRequests } from './device-request-store.ts';

const DAY_MS = 24 * 60 * 60_000;

describe('a program that signs in with a code', () => {
  // Each test is a network of its own: api believes whom this machine says it speaks for.
  const api = setUpApi(() => ({ variables: { TRUSTED_PROXIES: '127.0.0.1' } }));
  let networks = 0;
  const newNetwork = () => {
    networks += 1;
    return { 'x-forwarded-for': `203.0.113.${networks}` };
  };
  const page = (user: TestUser) => ({ cookie: user.cookie, origin: PAGE_ORIGIN });
  const begin = async (body: object = {}, headers = newNetwork()): Promise<CreatedDeviceCode> => {
    const answer = await api().ask('POST', '/api/device/code', {
      body: { client_name: 'podex on laptop', ...body },
      headers,
    });
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const poll = (code: CreatedDeviceCode, headers = newNetwork()) =>
    api().ask('POST', '/api/device/token', { body: { device_code: code.device_code }, headers });
  const look = (user: TestUser, userCode: string) =>
    api().ask('GET', `/api/device/requests/${userCode}`, { headers: page(user) });
  const decide = (user: TestUser, userCode: string, decision = 'approve') =>
    api().ask('POST', `/api/device/requests/${userCode}`, { headers: page(user), body: { decision } });
  const codeOf = (answer: Answer) => answer.body?.error?.code ?? answer.status;
  const database = () => connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });

  it('gets a token of its own once a person approved it, listed and revocable like any other', async () => {
    const user = await api().signUp();
    const network = newNetwork();
    const code = await begin({}, network);
    expect(code.user_code).toMatch(new RegExp(`^[${USER_CODE_LETTERS}]{4}-[${USER_CODE_LETTERS}]{4}$`));
    expect(code.verification_uri_complete).toBe(`${PAGE_ORIGIN}/device?user_code=${code.user_code}`);
    expect(codeOf(await poll(code))).toBe('authorization_pending');

    const typed = code.user_code.replace('-', '').toLowerCase();
    const shown = await look(user, typed);
    expect(shown.body).toMatchObject({
      user_code: code.user_code,
      client_name: 'podex on laptop',
      scope: 'write',
      address: network['x-forwarded-for'],
      is_same_network: false,
      token_days: 90,
    });
    expect(JSON.stringify(shown.body)).not.toContain('pdxd_');
    expect(codeOf(await decide(user, typed))).toBe(204);

    const { status, body: token, headers } = await poll(code);
    expect([status, token.name, token.scopes]).toEqual([
      200,
      'podex on laptop',
      ['read', 'workspaces', 'agent', 'account'],
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(Math.round((Date.parse(token.expires_at) - Date.now()) / DAY_MS)).toBe(90);
    const program = { ...user, token: token.secret };
    expect((await api().ask('GET', '/api/me', { as: program })).body.id).toBe(user.id);
    const listed = await api().ask('GET', '/api/tokens', { as: user });
    expect(listed.body.items[0]).toMatchObject({ id: token.id, last_used_at: expect.any(String) });
    expect(codeOf(await api().ask('DELETE', `/api/tokens/${token.id}`, { as: user }))).toBe(204);
    expect(codeOf(await api().ask('GET', '/api/me', { as: program }))).toBe('unauthenticated');
  });

  it('gets it once, however many ask at the same time', async () => {
    const user = await api().signUp();
    const code = await begin();
    expect(codeOf(await decide(user, code.user_code))).toBe(204);
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll(code)));
    expect(answers.map(codeOf).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 'expired_token')]);
    expect(codeOf(await poll(code))).toBe('expired_token');
    const listed = await api().ask('GET', '/api/tokens', { as: user });
    expect(listed.body.items).toHaveLength(2);
  });

  it('has to wait ever longer when it asks too soon', async () => {
    const code = await begin();
    expect((await poll(code)).body.error.context).toEqual({ interval_seconds: 3 });
    const second = await poll(code);
    expect([codeOf(second), second.body.error.context]).toEqual(['slow_down', { interval_seconds: 8 }]);
    expect((await poll(code)).body.error.context).toEqual({ interval_seconds: 13 });
    await using db = database();
    await db.db
      .updateTable('device_request')
      .set({ polled_at: new Date(Date.now() - 14_000) })
      .execute();
    expect(codeOf(await poll(code))).toBe('authorization_pending');
  });

  it('gets nothing when it was denied, or is too late', async () => {
    const user = await api().signUp();
    const denied = await begin();
    expect(codeOf(await decide(user, denied.user_code, 'deny'))).toBe(204);
    expect(codeOf(await decide(user, denied.user_code))).toBe('device_request_not_found');
    expect(codeOf(await poll(denied))).toBe('access_denied');
    expect(codeOf(await poll(denied))).toBe('expired_token');

    const [late, approvedLate] = [await begin(), await begin()];
    expect(codeOf(await decide(user, approvedLate.user_code))).toBe(204);
    await using db = database();
    await db.db.updateTable('device_request').set({ expires_at: new Date() }).execute();
    expect(codeOf(await look(user, late.user_code))).toBe('device_request_not_found');
    expect(codeOf(await decide(user, late.user_code))).toBe('device_request_not_found');
    expect(codeOf(await poll(late))).toBe('expired_token');
    expect(codeOf(await poll(approvedLate))).toBe('expired_token');
    await deleteOldDeviceRequests(db.db);
    expect(await db.db.selectFrom('device_request').select('id').execute()).toEqual([]);
  });

  it('is decided once: of two people the first, and nobody afterwards', async () => {
    const [first, second] = [await api().signUp(), await api().signUp()];
    const code = await begin();
    const decisions = await Promise.all([
      decide(first, code.user_code),
      decide(second, code.user_code),
      decide(first, code.user_code, 'deny'),
    ]);
    expect(decisions.map(codeOf).sort()).toEqual([
      204,
      'device_request_not_found',
      'device_request_not_found',
    ]);
    expect(codeOf(await look(second, code.user_code))).toBe('device_request_not_found');
  });

  it('is approved by a person on the page alone, for no more than they may do', async () => {
    const user = await api().signUp();
    const code = await begin({ scope: 'admin' });
    const body = { decision: 'approve' };
    const path = `/api/device/requests/${code.user_code}`;
    expect(codeOf(await api().ask('POST', path, { body }))).toBe('unauthenticated');
    expect(codeOf(await api().ask('POST', path, { as: user, body }))).toBe('forbidden');
    const elsewhere = { cookie: user.cookie, origin: 'https://evil.example' };
    expect(codeOf(await api().ask('POST', path, { headers: elsewhere, body }))).toBe('origin_not_allowed');
    const jwt = await api().ask('POST', '/api/tokens/jwt', { headers: page(user), body: {} });
    const withJwt = { ...user, token: jwt.body.jwt };
    expect(codeOf(await api().ask('POST', path, { as: withJwt, body }))).toBe('forbidden');
    expect(codeOf(await decide(user, code.user_code))).toBe('forbidden');
    expect(codeOf(await poll(code))).toBe('authorization_pending');
    expect(codeOf(await decide(await api().signInAdmin(), code.user_code))).toBe(204);
    expect((await poll(code)).body.scopes).toEqual(['admin']);
  });

  it('is not approved any more by a session that has ended', async () => {
    const user = await api().signUp();
    const code = await begin();
    expect(codeOf(await decide(user, code.user_code))).toBe(204);
    const signOut = await api().ask('POST', '/api/auth/sign-out', { headers: page(user), body: {} });
    expect(signOut.status).toBe(200);
    expect(codeOf(await poll(code))).toBe('expired_token');
  });

  it('leaves no code in the database', async () => {
    const code = await begin();
    await using db = database();
    const rows = await db.db.selectFrom('device_request').selectAll().execute();
    const stored = JSON.stringify(rows, (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(stored).not.toContain(code.device_code);
    expect(stored).not.toContain(code.user_code);
    expect(stored).not.toContain(code.user_code.replace('-', ''));
  });

  it('cannot be found by guessing: tries are counted for each user', async () => {
    const user = await api().signUp();
    const code = await begin();
    const tries: (string | number)[] = [];
    for (let count = 0; count < 30; count += 1) {
      const guess = `BCDF-${[...'BCDF'].map((_, place) => USER_CODE_LETTERS[(count + place * 7) % 20]).join('')}`;
      const answer = count % 2 === 0 ? await look(user, guess) : await decide(user, guess);
      tries.push(codeOf(answer));
    }
    expect(new Set(tries)).toEqual(new Set(['device_request_not_found']));
    expect(codeOf(await look(user, code.user_code))).toBe('rate_limited');
    expect(codeOf(await decide(user, code.user_code))).toBe('rate_limited');
    expect(codeOf(await look(await api().signUp(), code.user_code))).toBe(200);
  });

  it.each([['AEIO-UAEI'], ['BCDF-GHJ'], ['BCDF-GHJKL'], ['%00CDF-GHJK'], ['BCDFGHJK%27--']])(
    'refuses the code %s for its form',
    async (code) => {
      expect(codeOf(await look(await api().signUp(), code))).toBe('invalid_request');
    },
  );

  it('takes ten places of a network at most, and no name that could mislead', async () => {
    const network = newNetwork();
    const user = await api().signUp();
    const open = await Promise.all(
      Array.from({ length: 14 }, () =>
        api().ask('POST', '/api/device/code', { body: { client_name: 'x' }, headers: network }),
      ),
    );
    expect(open.map(codeOf).filter((code) => code === 201)).toHaveLength(10);
    expect(open.map(codeOf).filter((code) => code === 'limit_reached')).toHaveLength(4);
    const [first] = open.filter(({ status }) => status === 201);
    expect(codeOf(await decide(user, first?.body.user_code, 'deny'))).toBe(204);
    await begin({}, network);
    for (const name of ['', 'a\nb', 'x'.repeat(61), 'a\u0007b']) {
      const body = { client_name: name };
      expect(codeOf(await api().ask('POST', '/api/device/code', { body, headers: newNetwork() }))).toBe(
        'invalid_request',
      );
    }
  });

  it('counts requests of a network, for codes and for tokens', async () => {
    const network = newNetwork();
    const ask = (path: string, body: object) => api().ask('POST', path, { body, headers: network });
    const code = { client_name: 'x' };
    for (let count = 0; count < 30; count += 1) await ask('/api/device/code', code);
    expect(codeOf(await ask('/api/device/code', code))).toBe('rate_limited');
    const guess = { device_code: `pdxd_${'x'.repeat(43)}` };
    const answers = await Promise.all(Array.from({ length: 241 }, () => ask('/api/device/token', guess)));
    expect(answers.map(codeOf).filter((result) => result === 'rate_limited')).toHaveLength(1);
  });

  it('counts among the tokens that its user may have', async () => {
    const user = await api().signUp();
    await api().changeSettings({ max_tokens_per_user: 1 });
    try {
      const code = await begin();
      expect(codeOf(await decide(user, code.user_code))).toBe(204);
      expect(codeOf(await poll(code))).toBe('limit_reached');
      const tokens = await api().ask('GET', '/api/tokens', { as: user });
      const path = `/api/tokens/${tokens.body.items[0].id}`;
      expect((await api().ask('DELETE', path, { headers: page(user) })).status).toBe(204);
      expect(codeOf(await poll(code))).toBe(200);
    } finally {
      await api().changeSettings({ max_tokens_per_user: 100 });
    }
  });
});
