import { tokenId } from '@podex/contracts/ids';
import { createLocalJWKSet, decodeProtectedHeader, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, TestApi, type TestUser } from '../../testing/test-api.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { connectDatabase, type Db } from '../database/connect.ts';
import { SigningKeys } from './signing-keys.ts';

const MINUTE_SECONDS = 60;
const DAY_MS = 24 * 60 * 60_000;

describe('a JWT', () => {
  const postgres = setUpPostgres();
  const api = setUpApi(() => ({}), postgres);
  const page = (user: TestUser) => ({ cookie: user.cookie, origin: PAGE_ORIGIN });
  const make = async (headers: Record<string, string>, body: object = {}) =>
    api().ask('POST', '/api/tokens/jwt', { headers, body });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const statusOf = async (jwt: string, path = '/api/me', method = 'GET', body?: object) =>
    (await api().ask(method, path, { headers: bearer(jwt), ...(body ? { body } : {}) })).status;
  const database = () => connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
  /** What signs in api: a test can sign anything with it. */
  const keysOf = (db: Db) =>
    new SigningKeys({
      db,
      transact: testTransact(db),
      sessionSecret: api().config.sessionSecret,
    });
  const createToken = async (user: TestUser, body: object = {}) =>
    (await api().ask('POST', '/api/tokens', { headers: page(user), body: { name: 'parent', ...body } })).body;

  it('says who uses it, and can be verified with the public keys alone', async () => {
    const user = await api().signUp();
    const made = await make(bearer(user.token), { scopes: ['read'] });
    expect([made.status, made.body.scopes]).toEqual([201, ['read']]);
    expect((await api().ask('GET', '/api/me', { headers: bearer(made.body.jwt) })).body.id).toBe(user.id);

    const keys = await api().ask('GET', '/api/jwks');
    expect(keys.headers.get('cache-control')).toBe('public, max-age=300');
    expect(JSON.stringify(keys.body)).not.toContain('"d"');
    const { payload, protectedHeader } = await jwtVerify(made.body.jwt, createLocalJWKSet(keys.body), {
      issuer: PAGE_ORIGIN,
      audience: 'podex',
      typ: 'podex+jwt',
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'podex+jwt', kid: keys.body.keys[0].kid });
    expect(payload).toMatchObject({ sub: user.id, scope: 'read', jti: expect.any(String) });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(10 * MINUTE_SECONDS);
    expect((await make(bearer(user.token), { expires_in_seconds: 901 })).body.error.code).toBe(
      'invalid_request',
    );
  });

  it('is good for no more than what it was made with', async () => {
    const user = await api().signUp();
    const admin = await api().signInAdmin();
    const workspace = { name: 'w' };
    const reads = (await make(bearer(user.token), { scopes: ['read'] })).body.jwt;
    expect(await statusOf(reads, '/api/workspaces', 'POST', workspace)).toBe(403);
    const writes = (await make(bearer(user.token))).body.jwt;
    expect(await statusOf(writes, '/api/workspaces?wait_ms=0', 'POST', workspace)).toBe(201);
    expect((await make(bearer(user.token), { scopes: ['admin'] })).body.error.code).toBe('forbidden');

    const administers = (await make(page(admin))).body;
    expect(administers.scopes).toEqual(['read', 'workspaces', 'agent', 'approve', 'admin']);
    expect(await statusOf(administers.jwt, '/api/admin/settings')).toBe(200);
    expect((await make(bearer(user.token), { scopes: ['account'] })).body.error.code).toBe('forbidden');
    await using db = database();
    const setRole = (role: 'admin' | 'user') =>
      db.db.updateTable('user').set({ role }).where('email', '=', admin.email).execute();
    await setRole('user');
    try {
      expect(await statusOf(administers.jwt, '/api/admin/settings')).toBe(403);
    } finally {
      await setRole('admin');
    }
  });

  it('does nothing that would outlast it', async () => {
    const user = await api().signUp();
    for (const headers of [bearer(user.token), page(user)]) {
      const { jwt } = (await make(headers)).body;
      const { items } = (await api().ask('GET', '/api/tokens', { as: user })).body;
      expect(await statusOf(jwt, '/api/tokens', 'POST', { name: 'longer' })).toBe(403);
      expect(await statusOf(jwt, '/api/tokens/jwt', 'POST', {})).toBe(403);
      expect(await statusOf(jwt, `/api/tokens/${items[0].id}`, 'DELETE')).toBe(403);
      expect(await statusOf(jwt, '/api/sessions', 'DELETE')).toBe(403);
    }
    expect(await statusOf(user.token)).toBe(200);
  });

  it('of an admin leaves behind no account, link, role, share or secret that would outlast it', async () => {
    const user = await api().signUp();
    const { jwt } = (await make(page(await api().signInAdmin()), { scopes: ['admin'] })).body;
    const path = `/api/admin/users/${user.id}`;
    expect(await statusOf(jwt, path)).toBe(200);
    expect(await statusOf(jwt, '/api/admin/invitations', 'POST', { email: 'ghost@example.com' })).toBe(403);
    expect(await statusOf(jwt, `${path}/password_reset`, 'POST')).toBe(403);
    expect(await statusOf(jwt, path, 'PATCH', { role: 'admin' })).toBe(403);
    expect(await statusOf(jwt, '/api/teams', 'POST', { name: 'A team' })).toBe(403);
    expect(await statusOf(jwt, '/api/secrets/NAME', 'PUT', { value: 'value' })).toBe(403);
    expect(await statusOf(jwt, '/api/tokens')).toBe(403);
  });

  it('ends with its token, within the request, and with that token’s parent', async () => {
    const user = await api().signUp();
    const parent = await createToken(user);
    const child = await api().ask('POST', '/api/tokens', {
      headers: bearer(parent.secret),
      body: { name: 'child' },
    });
    const jwts = [
      (await make(bearer(parent.secret))).body.jwt,
      (await make(bearer(child.body.secret))).body.jwt,
    ];
    for (const jwt of jwts) expect(await statusOf(jwt)).toBe(200);
    expect((await api().ask('DELETE', `/api/tokens/${parent.id}`, { as: user })).status).toBe(204);
    for (const jwt of jwts) expect(await statusOf(jwt)).toBe(401);
  });

  it('ends with its session, and no later than its token', async () => {
    const user = await api().signUp();
    const { jwt } = (await make(page(user))).body;
    expect(await statusOf(jwt)).toBe(200);
    await api().ask('POST', '/api/auth/sign-out', { headers: page(user), body: {} });
    expect(await statusOf(jwt)).toBe(401);

    const other = await api().signUp();
    const token = await createToken(other, { expires_in_days: 1 });
    await using db = database();
    const soon = new Date(Date.now() + 90_000);
    const ofToken = db.db.updateTable('token').where('id', '=', tokenId.parse(token.id));
    await ofToken.set({ expires_at: soon }).execute();
    const made = (await make(bearer(token.secret), { expires_in_seconds: 900 })).body;
    expect(soon.getTime() - Date.parse(made.expires_at)).toBeLessThan(1000);
    await ofToken.set({ expires_at: new Date() }).execute();
    expect(await statusOf(made.jwt)).toBe(401);
  });

  it('opens connections that end with its token', async () => {
    const user = await api().signUp();
    const token = await createToken(user);
    // For less than its token: that is no change of rights.
    const { jwt } = (await make(bearer(token.secret), { scopes: ['read'] })).body;
    const live = await LiveClient.open(api(), { token: jwt });
    const openedAt = performance.now();
    await eventually(() => performance.now() - openedAt).toBeGreaterThan(2_500);
    expect(live.closeCode).toBeUndefined();
    const since = performance.now();
    await api().ask('DELETE', `/api/tokens/${token.id}`, { as: user });
    await eventually(() => live.closeCode).toBe(4401);
    expect(performance.now() - since).toBeLessThan(2_000);
  });

  it('opens connections that end with it, though its token goes on', async () => {
    const user = await api().signUp();
    const token = await createToken(user);
    await make(page(user));
    await using db = database();
    const { id: kid, privateKey } = await keysOf(db.db).current();
    const now = Math.floor(Date.now() / 1000);
    const jwt = await new SignJWT({ scope: 'read workspaces', credential: { kind: 'token', id: token.id } })
      .setProtectedHeader({ alg: 'ES256', typ: 'podex+jwt', kid })
      .setIssuer(PAGE_ORIGIN)
      .setAudience('podex')
      .setSubject(user.id)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + 3)
      .setJti('x')
      .sign(privateKey);
    const live = await LiveClient.open(api(), { token: jwt });
    await eventually(() => live.closeCode).toBe(4401);
    expect(Date.now()).toBeGreaterThanOrEqual((now + 3) * 1000);
    expect(await statusOf(token.secret)).toBe(200);
  });

  it('is refused when it is forged, even with a real key where a claim is wrong', async () => {
    const user = await api().signUp();
    const token = await createToken(user);
    await using db = database();
    await make(page(user));
    const { id: kid, privateKey } = await keysOf(db.db).current();
    const now = Math.floor(Date.now() / 1000);
    const right = {
      iss: PAGE_ORIGIN,
      aud: 'podex',
      sub: user.id,
      iat: now,
      nbf: now,
      exp: now + MINUTE_SECONDS,
      jti: 'x',
      scope: 'read workspaces',
      credential: { kind: 'token', id: token.id },
    };
    const header = { alg: 'ES256', typ: 'podex+jwt', kid };
    const sign = (claims: object, head: object = {}) =>
      new SignJWT({ ...right, ...claims }).setProtectedHeader({ ...header, ...head }).sign(privateKey);
    expect(await statusOf(await sign({}))).toBe(200);

    const stranger = await api().signUp();
    const wrong: [string, object, object?][] = [
      ['other issuer', { iss: 'https://evil.example' }],
      ['other audience', { aud: 'other' }],
      ['another’s name', { sub: stranger.id }],
      ['expired', { iat: now - 600, nbf: now - 600, exp: now - 10 }],
      ['not yet valid', { nbf: now + MINUTE_SECONDS, exp: now + 2 * MINUTE_SECONDS }],
      ['from the future', { iat: now + MINUTE_SECONDS, exp: now + 2 * MINUTE_SECONDS }],
      ['good for a year', { iat: now - 3600, nbf: now - 3600, exp: now + 365 * 86_400 }],
      ['without end', { exp: undefined }],
      ['without beginning', { iat: undefined }],
      ['without an id', { jti: undefined }],
      ['unknown scope', { scope: 'root' }],
      ['unknown token', { credential: { kind: 'token', id: token.id.replace(/.{4}$/, '0000') } }],
      ['unknown kind', { credential: { kind: 'user', id: user.id } }],
      ['no credential', { credential: undefined }],
      ['other type', {}, { typ: 'JWT' }],
      ['no type', {}, { typ: undefined }],
      ['unknown key', {}, { kid: 'x'.repeat(43) }],
      ['no key', {}, { kid: undefined }],
      ['SQL for a key', {}, { kid: "' or true --" }],
      ['larger than 8 KB', { padding: 'x'.repeat(8_000) }],
    ];
    for (const [what, claims, head] of wrong) {
      expect([what, await statusOf(await sign(claims, head))]).toEqual([what, 401]);
    }
  });

  it('is refused with another algorithm: none, or the public key as a secret', async () => {
    const user = await api().signUp();
    const { jwt } = (await make(page(user))).body;
    const { keys } = (await api().ask('GET', '/api/jwks')).body;
    const [, body = '', signature = ''] = jwt.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const header: JWTHeaderParameters = { ...decodeProtectedHeader(jwt), alg: 'ES256' };
    const forged: string[] = [
      `${encode({ ...header, alg: 'none' })}.${body}.`,
      `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
      `${encode({ ...header, alg: 'ES384' })}.${body}.${signature}`,
      `${encode({ ...header, jwk: keys[0] })}.${body}.${signature}`,
      `${encode({ ...header, crit: ['exp'] })}.${body}.${signature}`,
      `${jwt.slice(0, -4)}AAAA`,
      `${encode(header)}.${encode({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), scope: 'admin' })}.${signature}`,
    ];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    for (const secret of [JSON.stringify(keys[0]), keys[0].x, keys[0].kid]) {
      const signed = new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' });
      forged.push(await signed.sign(new TextEncoder().encode(secret)));
    }
    for (const one of forged) expect(await statusOf(one)).toBe(401);
    expect(await statusOf(jwt)).toBe(200);
  });

  it('is signed by a new key after 30 days, and the old one verifies until its last JWT ends', async () => {
    const user = await api().signUp();
    const { jwt: old } = (await make(page(user))).body;
    const oldKey = decodeProtectedHeader(old).kid;
    await using db = database();
    const setAge = (ms: number) =>
      db.db
        .updateTable('signing_key')
        .set({ created_at: new Date(Date.now() - ms) })
        .where('id', '=', oldKey ?? '')
        .execute();
    const listed = async () =>
      (await api().ask('GET', '/api/jwks')).body.keys.map(({ kid }: { kid: string }) => kid);
    await setAge(30 * DAY_MS + 60_000);
    const made = await Promise.all(Array.from({ length: 5 }, () => make(page(user))));
    const newKeys = new Set(made.map(({ body }) => decodeProtectedHeader(body.jwt).kid));
    expect(newKeys.size).toBe(1);
    expect(newKeys).not.toContain(oldKey);
    expect(await listed()).toEqual([...newKeys, oldKey]);
    expect(await statusOf(old)).toBe(200);
    await setAge(30 * DAY_MS + 17 * 60_000);
    expect(await listed()).toEqual([...newKeys]);
    expect(await statusOf(old)).toBe(401);
  });

  it('has its key sealed in the database: without JWT_SECRET_KEY it signs nothing, and goes', async () => {
    const user = await api().signUp();
    await make(bearer(user.token));
    await using db = database();
    const stored = await db.db.selectFrom('signing_key').selectAll().orderBy('created_at').execute();
    for (const { private_key: sealed } of stored) expect(sealed.toString('latin1')).not.toContain('"d"');

    const { databaseUrl } = api().config;
    const variables = { JWT_SECRET_KEY: 'another-session-secret-of-32-characters' };
    const other = await TestApi.start({ databaseUrl, variables });
    try {
      const made = await other.ask('POST', '/api/tokens/jwt', { headers: bearer(user.token), body: {} });
      expect(made.status).toBe(201);
      const kids = (await other.ask('GET', '/api/jwks')).body.keys.map(({ kid }: { kid: string }) => kid);
      expect(kids).toContain(decodeProtectedHeader(made.body.jwt).kid);
      expect(kids).not.toContain(stored.at(-1)?.id);
    } finally {
      await other.stop();
    }
  });
});
