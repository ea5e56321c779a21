import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { ADMIN, cookieOf, PAGE_ORIGIN, PASSWORD, TestApi } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const page = { origin: PAGE_ORIGIN };

const postgres = setUpPostgres();

describe('accounts', () => {
  const api = setUpApi(undefined, postgres);
  const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
    api().ask('POST', '/api/auth/sign-in/email', { headers, body: { email, password } });

  it('signs up, says who is there, signs out', async () => {
    const body = { email: 'Ada@Example.com', password: PASSWORD, name: 'Ada' };
    const signedUp = await api().ask('POST', '/api/auth/sign-up/email', { headers: page, body });
    expect(signedUp.status).toBe(200);
    const signedIn = await signIn(body.email, PASSWORD, page);
    const [cookie = ''] = signedIn.headers.getSetCookie();
    expect(cookie).toMatch(/^podex\.session_token=/);
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(cookie).not.toMatch(/Secure/i);

    const headers = { ...page, cookie: cookieOf(signedIn) };
    const me = await api().ask('GET', '/api/me', { headers });
    expect(me.body).toMatchObject({ email: 'ada@example.com', name: 'Ada', role: 'user' });
    expect(me.body.id).toMatch(/^usr_[0-9a-z]{26}$/);

    expect((await api().ask('POST', '/api/auth/sign-out', { headers, body: {} })).status).toBe(200);
    const after = await api().ask('GET', '/api/me', { headers });
    expect([after.status, after.body.error.code]).toEqual([401, 'unauthenticated']);
  });

  it('refuses a wrong password and an unknown address alike', async () => {
    const user = await api().signUp();
    const wrong = await signIn(user.email, 'not-the-password');
    const unknown = await signIn('nobody@example.com', 'not-the-password');
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'invalid_credentials']);
    expect(unknown.body.error.message).toBe(wrong.body.error.message);
    expect(unknown.status).toBe(wrong.status);
    expect((await signIn(user.email, PASSWORD)).status).toBe(200);
  });

  it('refuses a short password and a name that is none', async () => {
    const signUp = (changes: object) =>
      api().ask('POST', '/api/auth/sign-up/email', {
        body: { email: 'bounds@example.com', password: PASSWORD, name: 'x', ...changes },
      });
    for (const changes of [
      { password: 'short' },
      { password: 'x'.repeat(129) },
      { name: 'x'.repeat(81) },
      { name: 'two\nlines' },
      { name: 'a\u0000b' },
      { name: ' ' },
      { email: `${'x'.repeat(250)}@example.com` },
      { email: 'nobody' },
      { image: 'javascript:alert(1)' },
    ])
      expect((await signUp(changes)).body.error.code, JSON.stringify(changes)).toBe('invalid_request');
  });

  it('makes nobody an admin on their own word', async () => {
    const body = { email: 'mallory@example.com', password: PASSWORD, name: 'M', role: 'admin' };
    const signedUp = await api().ask('POST', '/api/auth/sign-up/email', { headers: page, body });
    expect(signedUp.status).toBe(200);
    const headers = { ...page, cookie: cookieOf(await signIn(body.email, PASSWORD, page)) };
    expect((await api().ask('GET', '/api/me', { headers })).body.role).toBe('user');
    const user = await api().signUp();
    const own = { ...page, cookie: user.cookie };
    await api().ask('POST', '/api/auth/update-user', { headers: own, body: { role: 'admin' } });
    expect((await api().ask('GET', '/api/me', { headers: own })).body.role).toBe('user');
  });

  it('has the first admin from the variables, once', async () => {
    const admin = await api().signInAdmin();
    expect((await api().ask('GET', '/api/me', { as: admin })).body.role).toBe('admin');
    expect((await api().ask('GET', '/api/admin/servers', { as: admin })).status).toBe(200);
  });

  it('lets sessions be used by the own page alone', async () => {
    const user = await api().signUp();
    const create = (headers: Record<string, string>) =>
      api().ask('POST', '/api/workspaces?wait_ms=0', {
        headers: { cookie: user.cookie, ...headers },
        body: { name: 'x' },
      });
    expect((await create(page)).status).toBe(201);
    expect((await create({ origin: 'http://127.0.0.1:3000' })).status).toBe(201);
    const foreign = await create({ origin: 'https://evil.example' });
    expect([foreign.status, foreign.body.error.code]).toEqual([403, 'origin_not_allowed']);
    expect((await create({})).body.error.code).toBe('origin_not_allowed');
    expect((await create({ origin: 'null' })).body.error.code).toBe('origin_not_allowed');
    expect((await create({ origin: 'http://localhost:3000.evil.example' })).body.error.code).toBe(
      'origin_not_allowed',
    );
    // A document on api’s own origin, such as a file of a workspace.
    expect((await create({ origin: api().baseUrl })).body.error.code).toBe('origin_not_allowed');
  });

  it('tells browsers that only the own page may read answers', async () => {
    const asked = (origin: string) => api().ask('GET', '/api/me', { headers: { origin } });
    const own = await asked(PAGE_ORIGIN);
    expect(own.status).toBe(401);
    expect(own.headers.get('access-control-allow-origin')).toBe(PAGE_ORIGIN);
    expect(own.headers.get('access-control-allow-credentials')).toBe('true');
    expect((await asked('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await api().ask('OPTIONS', '/api/workspaces', {
      headers: { ...page, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });
});

describe('bearer tokens', () => {
  const api = setUpApi(undefined, postgres);

  it('show their secret once and are good until revoked', async () => {
    const user = await api().signUp();
    const made = await api().ask('POST', '/api/tokens', { as: user, body: { name: 'ci' } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'ci',
      scopes: ['read', 'workspaces', 'agent', 'account'],
      last_used_at: null,
    });
    expect(made.body.secret).toMatch(/^pdx_[\w-]{43}$/);
    const withIt = { ...user, token: made.body.secret };
    expect((await api().ask('GET', '/api/me', { as: withIt })).body.id).toBe(user.id);
    const listed = await api().ask('GET', '/api/tokens', { as: user });
    const [newest] = listed.body.items;
    expect(newest.id).toBe(made.body.id);
    expect(newest.last_used_at).not.toBeNull();
    expect(JSON.stringify(listed.body)).not.toContain('pdx_');
    expect((await api().ask('DELETE', `/api/tokens/${made.body.id}`, { as: user })).status).toBe(204);
    expect((await api().ask('GET', '/api/me', { as: withIt })).status).toBe(401);
  });

  it('end with their time', async () => {
    const user = await api().signUp();
    const body = { name: 'brief', expires_in_days: 1 };
    const made = await api().ask('POST', '/api/tokens', { as: user, body });
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('token')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('id', '=', made.body.id)
      .execute();
    const withIt = { ...user, token: made.body.secret };
    expect((await api().ask('GET', '/api/me', { as: withIt })).status).toBe(401);
  });

  it('are never good for more than their maker', async () => {
    const user = await api().signUp();
    const make = (as: typeof user, scope: string) =>
      api().ask('POST', '/api/tokens', { as, body: { name: scope, scope } });
    expect((await make(user, 'admin')).body.error.code).toBe('forbidden');
    const admin = await api().signInAdmin();
    const lesser = await make(admin, 'write');
    expect((await make({ ...admin, token: lesser.body.secret }, 'admin')).body.error.code).toBe('forbidden');
  });

  it('decide alone: a wrong one is not made good by a cookie', async () => {
    const user = await api().signUp();
    for (const authorization of ['Bearer pdx_wrong', `Bearer pdx_${'x'.repeat(43)}`, 'Basic abc', '']) {
      const headers = { cookie: user.cookie, authorization };
      expect((await api().ask('GET', '/api/me', { headers })).status).toBe(401);
    }
  });

  it('repeat with the same Idempotency-Key, the same secret', async () => {
    const user = await api().signUp();
    const headers = { 'idempotency-key': 'token-1' };
    const make = (name: string) => api().ask('POST', '/api/tokens', { as: user, headers, body: { name } });
    const [first, second] = await Promise.all([make('one'), make('one')]);
    expect(second?.body).toEqual(first?.body);
    expect((await make('two')).body.error.code).toBe('idempotency_key_reused');
    const as = { ...user, token: first?.body.secret };
    expect((await api().ask('GET', '/api/me', { as })).status).toBe(200);
  });

  it('never come back: once the key is forgotten, it makes a token with a secret of its own', async () => {
    const user = await api().signUp();
    const headers = { 'idempotency-key': 'token-again' };
    const make = () => api().ask('POST', '/api/tokens', { as: user, headers, body: { name: 'one' } });
    const revoked = (await make()).body;
    await api().ask('DELETE', `/api/tokens/${revoked.id}`, { as: user });
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db.deleteFrom('idempotency_key').where('user_id', '=', user.id).execute();
    const [made, again] = [await make(), await make()];
    expect([made.status, again.body]).toEqual([201, made.body]);
    expect((await api().ask('GET', '/api/me', { as: { ...user, token: made.body.secret } })).status).toBe(
      200,
    );
    expect((await api().ask('GET', '/api/me', { as: { ...user, token: revoked.secret } })).status).toBe(401);
  });

  it('come for the first admin on the machine of api', async () => {
    const made = await api().internal('POST', '/internal/admin_token');
    expect(made).toMatchObject({ status: 201, body: { email: ADMIN.email } });
    const admin = await api().signInAdmin();
    const listed = await api().ask('GET', '/api/admin/servers', {
      as: { ...admin, token: made.body.secret },
    });
    expect(listed.status).toBe(200);
  });
});

describe('a deployment', () => {
  it('can be closed to sign-up, and takes secure cookies behind https', async () => {
    const databaseUrl = await postgres().createDatabase();
    const variables = {
      SIGN_UP: 'closed',
      ENVIRONMENT: 'production',
      FRONTEND_URL: 'https://podex.example.com',
    };
    const api = await TestApi.start({ databaseUrl, variables });
    try {
      const body = { email: 'x@example.com', password: PASSWORD, name: 'x' };
      const refused = await api.ask('POST', '/api/auth/sign-up/email', { body });
      expect(refused.body.error.code).toBe('forbidden');
      const headers = { origin: 'https://podex.example.com' };
      const admin = await api.ask('POST', '/api/auth/sign-in/email', { headers, body: ADMIN });
      expect(admin.status).toBe(200);
      expect(admin.headers.getSetCookie()[0]).toMatch(/^podex\.session_token=.*; Secure/);
      const foreign = await api.ask('POST', '/api/auth/sign-in/email', { headers: page, body: ADMIN });
      expect(foreign.body.error.code).toBe('origin_not_allowed');
    } finally {
      await api.stop();
    }
  });

  it('offers GitHub and Google when it has their clients, and comes back over https', async () => {
    const databaseUrl = await postgres().createDatabase();
    const variables = {
      FRONTEND_URL: 'https://podex.example.com',
      GITHUB_CLIENT_ID: 'github-client',
      GITHUB_CLIENT_SECRET: 'github-secret',
    };
    const api = await TestApi.start({ databaseUrl, variables });
    try {
      const headers = { origin: 'https://podex.example.com' };
      const begin = (provider: string, callbackURL: string) =>
        api.ask('POST', '/api/auth/sign-in/social', { headers, body: { provider, callbackURL } });
      const github = await begin('github', 'https://podex.example.com/workspaces');
      expect(github.status).toBe(200);
      const { searchParams } = new URL(github.body.url);
      expect(searchParams.get('client_id')).toBe('github-client');
      const callback = `${api.baseUrl.replace('http:', 'https:')}/api/auth/callback/github`;
      expect(searchParams.get('redirect_uri')).toBe(callback);
      expect((await begin('google', '/')).body.error.code).toBe('not_found');
      expect((await begin('github', 'https://evil.example/')).body.error.code).toBe('forbidden');
    } finally {
      await api.stop();
    }
  });

  it('makes one admin when two processes start at once, and never another', async () => {
    const databaseUrl = await postgres().createDatabase();
    const apis = await Promise.all([TestApi.start({ databaseUrl }), TestApi.start({ databaseUrl })]);
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const variables = { ADMIN_EMAIL: 'second@example.com' };
    apis.push(await TestApi.start({ databaseUrl, variables }));
    try {
      const admins = await database.db.selectFrom('user').select(['email', 'role']).execute();
      expect(admins).toEqual([{ email: ADMIN.email, role: 'admin' }]);
    } finally {
      for (const api of apis) await api.stop();
    }
  });

  it('takes an account over for the admin when somebody had the address first', async () => {
    const databaseUrl = await postgres().createDatabase();
    const first = await TestApi.start({ databaseUrl, variables: { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' } });
    const body = { email: ADMIN.email, password: 'the-squatters-password', name: 'Squatter' };
    await first.ask('POST', '/api/auth/sign-up/email', { body });
    const squatter = await first.ask('POST', '/api/auth/sign-in/email', { body });
    expect(squatter.status).toBe(200);
    const headers = { ...page, cookie: cookieOf(squatter) };
    const token = (await first.ask('POST', '/api/tokens', { headers, body: { name: 'kept' } })).body.secret;
    const id = (await first.ask('GET', '/api/me', { headers })).body.id;
    await first.stop();
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const provider = { id: 'squatters', account_id: '1', provider_id: 'github', user_id: id };
    await database.db
      .insertInto('account')
      .values({ ...provider, updated_at: new Date() })
      .execute();
    const second = await TestApi.start({ databaseUrl });
    try {
      expect(
        (await second.ask('GET', '/api/me', { headers: { ...page, cookie: cookieOf(squatter) } })).status,
      ).toBe(401);
      const byToken = await second.ask('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } });
      expect(byToken.status).toBe(401);
      const accounts = await database.db.selectFrom('account').select('provider_id').execute();
      expect(accounts).toEqual([{ provider_id: 'credential' }]);
      const old = await second.ask('POST', '/api/auth/sign-in/email', { body });
      expect(old.status).toBe(401);
      expect((await second.ask('GET', '/api/me', { as: await second.signInAdmin() })).body.role).toBe(
        'admin',
      );
    } finally {
      await second.stop();
    }
  });
});
