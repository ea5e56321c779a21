import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { type Answer, PAGE_ORIGIN, PASSWORD, TestApi, type TestUser } from '../../testing/test-api.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { listAllowedOrigins } from '../http/origins.ts';
import { createAuth } from './auth.ts';
import { AUTH_ENDPOINTS, DISABLED_PATHS, findEndpoint } from './auth-endpoints.ts';
import { createRegistrationGate } from './registration-gate.ts';

const postgres = setUpPostgres();

let api: TestApi;
let user: TestUser;
let database: Database;

beforeAll(async () => {
  const databaseUrl = await postgres().createDatabase();
  const variables = { GITHUB_CLIENT_ID: 'github-client', GITHUB_CLIENT_SECRET: 'github-secret' };
  api = await TestApi.start({ databaseUrl, variables });
  database = connectDatabase({ url: databaseUrl, logger: silentLogger });
  user = await api.signUp();
});
afterAll(async () => {
  await api.stop();
  await database.close();
});

const forgetEverything = () => database.db.deleteFrom('sign_in_attempt').execute();
const auth = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  api.ask('POST', `/api/auth${path}`, { body, headers });
async function raw(path: string, contentType: string | undefined, body: string): Promise<Answer> {
  const response = await fetch(`${api.baseUrl}/api/auth${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    body: new TextEncoder().encode(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe('the table of endpoints', () => {
  const listed = () => {
    const config = api.config;
    const { pool, db } = database;
    const transact = testTransact(db);
    const options = {
      config,
      pool,
      db,
      allowedOrigins: listAllowedOrigins(config),
      logger: silentLogger,
      credentials: { ended: () => undefined, revokeTokens: () => Promise.resolve() },
      registrationGate: createRegistrationGate({ db, settings: { values: DEFAULT_SETTINGS }, transact }),
      providers: [],
      transact,
    };
    return Object.values(createAuth(options).api).filter(({ path }) => path !== undefined);
  };
  const SECRET = /password|token|code|otp|secret/i;

  function fieldsOf(schema: unknown): string[] {
    if (!(schema instanceof z.ZodType)) return [];
    const json = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
    return [...json.matchAll(/"(\w+)":\{/g)].map(([, name = '']) => name);
  }

  it('has a row for each endpoint of better-auth, and no other', () => {
    const paths = listed().map(({ path }) => path);
    expect(AUTH_ENDPOINTS.map(({ path }) => path).sort()).toEqual([...new Set(paths)].sort());
  });

  it('counts the tries of each that takes a password, a token or a code', () => {
    const takers = listed().filter(({ path, options }) => {
      const { body, query } = { body: undefined, query: undefined, ...options };
      return [path, ...fieldsOf(body), ...fieldsOf(query)].some((name) => SECRET.test(name));
    });
    expect(takers.map(({ path }) => path)).toContain('/verify-password');
    expect(takers.length).toBeGreaterThan(8);
    for (const { path } of takers) expect(findEndpoint(path)?.guess.secret, path).not.toBe('nothing');
  });

  it('keeps shut what Podex does not use', async () => {
    for (const path of DISABLED_PATHS) {
      const answers = await Promise.all([auth(path, {}), api.ask('GET', `/api/auth${path}`)]);
      for (const { status, body } of answers)
        expect([path, status, body.error?.code]).toEqual([path, 404, 'not_found']);
    }
  });
});

describe('what sign-in takes', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'email=a%40b.com&password=12345678'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="email"\r\n\r\na\r\n--x--',
    ],
    ['text/plain', '{"email":"a@b.com","password":"12345678"}'],
    ['application/json, text/plain', '{}'],
    [undefined, '{}'],
  ])('is JSON alone, not %s', async (contentType, body) => {
    for (const path of ['/sign-in/email', '/sign-up/email', '/verify-password', '/sign-out']) {
      const answer = await raw(path, contentType, body);
      expect([answer.status, answer.body.error.code]).toEqual([415, 'unsupported_media_type']);
    }
  });

  it.each([['{"email":'], ['null'], ['[]'], ['"text"'], ['7'], ['{"email":{"$ne":null},"password":["x"]}']])(
    'is an object with the right fields, not %s',
    async (body) => {
      const answer = await raw('/sign-in/email', 'application/json', body);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_request']);
    },
  );

  it('is small', async () => {
    const body = { email: user.email, password: PASSWORD, name: 'x'.repeat(20_000) };
    const answer = await auth('/sign-up/email', body);
    expect([answer.status, answer.body.error.code]).toEqual([413, 'too_large']);
    const own = { cookie: user.cookie, origin: PAGE_ORIGIN };
    for (const change of [
      { name: 'x'.repeat(81) },
      { name: 'a\nb' },
      { image: `https://x.example/${'x'.repeat(3000)}` },
    ])
      expect((await auth('/update-user', change, own)).body.error.code).toBe('invalid_request');
    expect((await auth('/update-user', { name: 'Ada' }, own)).status).toBe(200);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    `${PAGE_ORIGIN}.evil.example/`,
    `${PAGE_ORIGIN}@evil.example/`,
    'http://localhost:3001/',
    '/\t/evil.example',
    ['https://evil.example/'],
    { toString: 'x' },
  ])('leads back to the page alone, not to %j', async (to) => {
    for (const name of ['callbackURL', 'errorCallbackURL', 'newUserCallbackURL', 'redirectTo']) {
      for (const [path, body] of [
        ['/sign-in/email', { email: user.email, password: PASSWORD }],
        ['/sign-in/social', { provider: 'github' }],
        ['/sign-up/email', { email: 'new@example.com', password: PASSWORD, name: 'New' }],
      ] as const) {
        const answer = await auth(path, { ...body, [name]: to });
        expect([path, name, answer.status, answer.body.error?.code]).toEqual([path, name, 403, 'forbidden']);
        expect(answer.headers.get('location')).toBeNull();
      }
    }
    if (typeof to !== 'string') return;
    const asked = await api.ask('GET', `/api/auth/get-session?callbackURL=${encodeURIComponent(to)}`);
    expect(asked.status).toBeGreaterThanOrEqual(400);
  });

  it('sends a failed sign-in with a provider back to the page', async () => {
    for (const query of ['', '?state=x&code=y', '?error=access_denied', '?state=%F0%9F', '?code=x']) {
      const { status, headers } = await api.ask('GET', `/api/auth/callback/github${query}`);
      expect(status).toBe(302);
      expect(headers.get('location')).toMatch(/^http:\/\/localhost:3000\/sign-in\?/);
    }
    const nul = await api.ask('GET', '/api/auth/callback/github?state=%00&code=x');
    expect(nul.headers.get('location')).toBe('http://localhost:3000/sign-in?error=sign_in_failed');
  });
});

describe('who has an account', () => {
  const shapeOf = ({ status, headers, body }: Answer) => ({
    status,
    headers: [...headers.keys()].filter((name) => name !== 'date').sort(),
    cookies: headers.getSetCookie(),
    fields: Object.entries(body.user ?? {}).map(([name, value]) => [
      name,
      value === null ? 'null' : typeof value,
    ]),
    token: body.token,
  });

  it('is not told by sign-up', async () => {
    await forgetEverything();
    const signUp = (email: string) =>
      auth('/sign-up/email', { email, password: 'the-strangers-guess', name: 'Stranger' });
    const [taken, free] = [await signUp(user.email), await signUp('nobody-yet@example.com')];
    expect(shapeOf(taken)).toEqual(shapeOf(free));
    expect(Object.keys(taken.body)).toEqual(Object.keys(free.body));
    expect(taken.body.user).toMatchObject({ name: 'Stranger', email: user.email, role: 'user' });
    expect(taken.body.user.id).not.toBe(user.id);
    const owner = await auth('/sign-in/email', { email: user.email, password: PASSWORD });
    expect(owner.status).toBe(200);
    expect(owner.body.user.id).toBe(user.id);
  });

  it('is not told by sign-in: not there, wrong password, no password', async () => {
    await forgetEverything();
    const bare = await api.signUp();
    await database.db.deleteFrom('account').where('user_id', '=', bare.id).execute();
    const answers = [];
    for (const email of [user.email, 'never@example.com', bare.email])
      answers.push(await auth('/sign-in/email', { email, password: 'a-wrong-guess' }));
    const plain = answers.map(({ status, headers, body }) => {
      const { request_id: _, ...error } = body.error;
      const names = [...headers.keys()].sort();
      return {
        status,
        names,
        cookies: headers.getSetCookie(),
        code: body.code,
        error,
        keys: Object.keys(body),
      };
    });
    expect(plain[0]).toMatchObject({ status: 401, error: { code: 'invalid_credentials' } });
    expect(plain[1]).toEqual(plain[0]);
    expect(plain[2]).toEqual(plain[0]);
  });

  it('is not told by the time that it takes', async () => {
    const medianMs = async (path: string, body: (round: number) => object) => {
      const times: number[] = [];
      for (let round = 0; round < 7; round += 1) {
        await forgetEverything();
        const startedAt = performance.now();
        await auth(path, body(round));
        times.push(performance.now() - startedAt);
      }
      return times.sort((left, right) => left - right)[3] ?? 0;
    };
    const password = 'a-wrong-guess';
    const there = await medianMs('/sign-in/email', () => ({ email: user.email, password }));
    const absent = await medianMs('/sign-in/email', () => ({ email: 'never@example.com', password }));
    const taken = await medianMs('/sign-up/email', () => ({ email: user.email, password, name: 'x' }));
    const made = await medianMs('/sign-up/email', (n) => ({
      email: `t${n}@example.com`,
      password,
      name: 'x',
    }));
    // A password hash that one of them went without would be most of the time.
    expect(Math.max(there, absent)).toBeLessThan(2.5 * Math.min(there, absent));
    expect(Math.max(taken, made)).toBeLessThan(2.5 * Math.min(taken, made));
  });
});

describe('nonsense', () => {
  const PATHS = [
    ...AUTH_ENDPOINTS.map(({ path }) => path),
    '/',
    '/nothing',
    '/sign-in',
    '/sign-in/email/',
    '/%00',
    '/..%2f',
  ];
  const FIELDS = [
    'email',
    'password',
    'name',
    'image',
    'callbackURL',
    'provider',
    'token',
    'newPassword',
    'currentPassword',
    'rememberMe',
    'idToken',
    '__proto__',
    'constructor',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      'a@example.com',
      'user-1@example.com',
      PASSWORD,
      '\u0000',
      '\ud800',
      '../',
      'https://evil.example',
      '/',
    ),
  );
  const body = fc.oneof(
    fc
      .dictionary(fc.constantFrom(...FIELDS), fc.oneof(text, text, fc.jsonValue()), { maxKeys: 6 })
      .map((fields) => JSON.stringify(fields)),
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constant(''),
  );
  const contentType = fc.oneof(
    { weight: 4, arbitrary: fc.constant('application/json') },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'text/plain',
        'application/json; charset=x',
        'application/octet-stream',
        'x',
        '',
      ),
    },
  );
  const request = fc.record({
    path: fc.constantFrom(...PATHS),
    query: fc.option(
      fc.dictionary(fc.constantFrom('callbackURL', 'state', 'code', 'token', 'error'), text, { maxKeys: 3 }),
      { nil: {} },
    ),
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE'),
    contentType,
    body,
    signedIn: fc.boolean(),
  });

  /** The session lasts to the end of the test. */
  const ENDS_SESSION = new Set(['/sign-out']);

  async function send(given: typeof request extends fc.Arbitrary<infer Value> ? Value : never) {
    const headers = new Headers();
    const takesBody = given.method !== 'GET';
    if (takesBody) headers.set('content-type', given.contentType);
    if (given.signedIn && !ENDS_SESSION.has(given.path)) {
      headers.set('cookie', user.cookie);
      headers.set('origin', PAGE_ORIGIN);
    }
    return fetch(`${api.baseUrl}/api/auth${given.path}?${new URLSearchParams(given.query)}`, {
      method: given.method,
      redirect: 'manual',
      headers,
      ...(takesBody ? { body: new TextEncoder().encode(given.body) } : {}),
    });
  }

  async function requireOurs(response: Response): Promise<void> {
    const text = await response.text();
    expect(response.status, text).toBeLessThan(500);
    if (response.status < 300) return;
    if (response.status < 400) {
      expect(response.headers.get('location')).toMatch(/^http:\/\/localhost:3000\//);
      return;
    }
    expect(JSON.parse(text)).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String) },
    });
  }

  it('is never an error of ours', async () => {
    let sent = 0;
    const property = fc.asyncProperty(request, async (given) => {
      sent += 1;
      if (sent % 40 === 0) await forgetEverything();
      await requireOurs(await send(given));
    });
    await fc.assert(property, { numRuns: 1_000, endOnFailure: true });
  }, 60_000);
});
