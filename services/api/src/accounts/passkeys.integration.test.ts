import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator, type Ceremony } from '../../testing/authenticator.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { type Answer, PASSWORD, TestApi, type TestUser } from '../../testing/test-api.ts';
import { TestBrowser } from '../../testing/test-browser.ts';
import { secretOf } from '../../testing/totp-uri.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { BUDGETS } from './sign-in-budgets.ts';
import { codeAt } from './totp.ts';

const postgres = setUpPostgres();
/** Page and api on hosts of their own: the ceremony is the page’s. */
const PAGE = 'https://podex.example.com';
const CEREMONY: Ceremony = { origin: PAGE, rpId: 'podex.example.com' };
const REGISTER_OPTIONS = '/api/auth/passkey/generate-register-options';
const SIGN_IN_OPTIONS = '/api/auth/passkey/generate-authenticate-options';

let api: TestApi;
let database: Database;
let users = 0;
beforeAll(async () => {
  const databaseUrl = await postgres().createDatabase();
  const variables = { FRONTEND_URL: PAGE, TRUSTED_PROXIES: '127.0.0.1' };
  api = await TestApi.start({ databaseUrl, variables });
  database = connectDatabase({ url: databaseUrl, logger: silentLogger });
});
afterAll(async () => {
  await api.stop();
  await database.close();
});

const errorOf = ({ status, body }: Answer) => [status, body.error?.code];

interface Person extends Pick<TestUser, 'email'> {
  id: string;
  browser: TestBrowser;
}

async function signUp(): Promise<Person> {
  users += 1;
  const email = `passkey-${users}@example.com`;
  const browser = new TestBrowser(api, PAGE);
  const body = { email, password: PASSWORD, name: 'A user' };
  expect((await browser.post('/sign-up/email', body)).status).toBe(200);
  expect((await browser.signIn(email)).status).toBe(200);
  return { email, browser, id: (await browser.ask('GET', '/api/me')).body.id };
}

async function register(browser: TestBrowser, ceremony = CEREMONY, authenticator = new Authenticator()) {
  const options = await browser.ask('GET', REGISTER_OPTIONS);
  expect(options.status).toBe(200);
  const response = authenticator.create(options.body.challenge, ceremony);
  const answer = await browser.post('/passkey/verify-registration', { response, name: 'Laptop' });
  return { authenticator, answer, response };
}

async function signIn(
  authenticator: Authenticator,
  ceremony = CEREMONY,
  browser = new TestBrowser(api, PAGE),
) {
  const { body } = await browser.ask('GET', SIGN_IN_OPTIONS);
  const response = authenticator.get(body.challenge, ceremony);
  return { browser, response, answer: await browser.post('/passkey/verify-authentication', { response }) };
}

/** As if the session had begun, and its password been entered, so many minutes ago. */
const age = (userId: string, minutes: number) =>
  sql`update session set created_at = now() - make_interval(mins => ${minutes}), confirmed_at = null
    where user_id = ${userId}`.execute(database.db);

describe('a passkey', () => {
  it('is added to an account, signs in to it, gets a name, and is deleted', async () => {
    const { browser, email } = await signUp();
    const options = await browser.ask('GET', REGISTER_OPTIONS);
    expect(options.body).toMatchObject({
      rp: { id: 'podex.example.com', name: 'Podex' },
      user: { name: email },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    const { authenticator, answer } = await register(browser);
    expect(answer).toMatchObject({ status: 200, body: { name: 'Laptop' } });
    const { id } = answer.body;

    const asked = await new TestBrowser(api, PAGE).ask('GET', SIGN_IN_OPTIONS);
    expect(asked.body).toMatchObject({ rpId: 'podex.example.com', userVerification: 'required' });
    expect(asked.body.allowCredentials).toBeUndefined();
    const signedIn = await signIn(authenticator);
    expect(signedIn.answer.status).toBe(200);
    expect((await signedIn.browser.ask('GET', '/api/me')).body.email).toBe(email);

    expect((await browser.post('/passkey/update-passkey', { id, name: ' Phone ' })).status).toBe(200);
    const listed = await browser.ask('GET', '/api/auth/passkey/list-user-passkeys');
    expect(listed.body).toMatchObject([{ id, name: 'Phone' }]);

    expect((await browser.post('/passkey/delete-passkey', { id })).status).toBe(200);
    expect(await browser.statusOfMe()).toBe(200);
    expect(await signedIn.browser.statusOfMe(), 'a session of the deleted passkey').toBe(401);
    expect(errorOf((await signIn(authenticator)).answer)).toEqual([401, 'invalid_credentials']);
  });

  it('is two factors: no code is asked after it', async () => {
    const { browser } = await signUp();
    const { authenticator } = await register(browser);
    const enabled = await browser.post('/two-factor/enable', { password: PASSWORD });
    const secret = secretOf(enabled.body.totpURI);
    expect((await browser.post('/two-factor/verify-totp', { code: codeAt(secret, Date.now()) })).status).toBe(
      200,
    );
    const signedIn = await signIn(authenticator);
    expect(await signedIn.browser.statusOfMe()).toBe(200);
  });

  it('must have verified its owner, when it is added and each time', async () => {
    const { browser } = await signUp();
    const careless = { ...CEREMONY, isUserVerified: false };
    expect(errorOf((await register(browser, careless)).answer)).toEqual([401, 'invalid_credentials']);
    const { authenticator } = await register(browser);
    const { answer, browser: other } = await signIn(authenticator, careless);
    expect(errorOf(answer)).toEqual([401, 'invalid_credentials']);
    expect(answer.body.error.message).toContain('did not check that it is you');
    expect(await other.statusOfMe()).toBe(401);
  });

  it.each([
    ['another origin', { ...CEREMONY, origin: 'https://podex.example.com.evil.test' }],
    ['another host of the same site', { ...CEREMONY, origin: 'https://api.podex.example.com' }],
    ['another scheme', { ...CEREMONY, origin: 'http://podex.example.com' }],
    ['another port', { ...CEREMONY, origin: 'https://podex.example.com:8443' }],
    ['another relying party', { ...CEREMONY, rpId: 'example.com' }],
  ])('is good for the page alone, not %s', async (_where, ceremony) => {
    const { browser } = await signUp();
    expect(errorOf((await register(browser, ceremony)).answer)).toEqual([400, 'invalid_request']);
    const { authenticator } = await register(browser);
    const { answer, browser: other } = await signIn(authenticator, ceremony);
    expect(errorOf(answer)).toEqual([401, 'invalid_credentials']);
    expect(await other.statusOfMe()).toBe(401);
  });

  it('signs in once with each challenge, in the browser that asked for it, for five minutes', async () => {
    const { browser } = await signUp();
    const { authenticator } = await register(browser);
    const { browser: first, response } = await signIn(authenticator);
    for (const thief of [first, new TestBrowser(api, PAGE)]) {
      const replayed = await thief.clone().post('/passkey/verify-authentication', { response });
      expect(errorOf(replayed)).toEqual([409, 'conflict']);
    }
    const late = new TestBrowser(api, PAGE);
    const { body } = await late.ask('GET', SIGN_IN_OPTIONS);
    await sql`update verification set expires_at = now() - interval '1 second'`.execute(database.db);
    const tooLate = { response: authenticator.get(body.challenge, CEREMONY) };
    expect(errorOf(await late.post('/passkey/verify-authentication', tooLate))).toEqual([409, 'conflict']);
    // What is meant for adding one is no sign-in.
    const adding = await browser.ask('GET', REGISTER_OPTIONS);
    const mixed = { response: authenticator.get(adding.body.challenge, CEREMONY) };
    expect(errorOf(await browser.post('/passkey/verify-authentication', mixed))).toEqual([409, 'conflict']);
  });

  it('is of the account whose session asked for it, and of one account alone', async () => {
    const [one, other] = [await signUp(), await signUp()];
    const { authenticator } = await register(one.browser);
    expect(errorOf((await register(other.browser, CEREMONY, authenticator)).answer)).toEqual([
      409,
      'conflict',
    ]);
    const mine = await one.browser.ask('GET', '/api/auth/passkey/list-user-passkeys');
    const { id } = mine.body[0];
    for (const [path, body] of [
      ['/passkey/delete-passkey', { id }],
      ['/passkey/update-passkey', { id, name: 'Taken' }],
    ] as const)
      expect(errorOf(await other.browser.post(path, body))).toEqual([404, 'not_found']);
    const after = await one.browser.ask('GET', '/api/auth/passkey/list-user-passkeys');
    expect(after.body).toEqual(mine.body);
    expect((await other.browser.ask('GET', '/api/auth/passkey/list-user-passkeys')).body).toEqual([]);
  });

  it('with a signature that is not its own opens nothing, and tries are counted', async () => {
    await database.db.deleteFrom('sign_in_attempt').execute();
    const { browser } = await signUp();
    const { authenticator } = await register(browser);
    const from = { 'x-forwarded-for': '198.51.100.77' };
    const statuses: number[] = [];
    for (let tries = 0; tries < BUDGETS.address.free + 5; tries += 1) {
      const thief = new TestBrowser(api, PAGE);
      const { body } = await thief.ask('GET', SIGN_IN_OPTIONS);
      const forged = { ...new Authenticator().get(body.challenge, CEREMONY), id: authenticator.id };
      const response = { ...forged, rawId: authenticator.id };
      statuses.push((await thief.post('/passkey/verify-authentication', { response }, from)).status);
      expect(await thief.statusOfMe()).toBe(401);
    }
    expect(statuses.slice(0, BUDGETS.address.free).every((status) => status === 401)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    await database.db.deleteFrom('sign_in_attempt').execute();
  });

  it.each([
    [{ attestationObject: 'AAAA' }],
    [{ attestationObject: 'o2NmbXRkbm9uZQ' }],
    [{ clientDataJSON: 'e30' }],
    [{ clientDataJSON: 'bm8ganNvbg' }],
  ])('that is broken is refused with a reason: %j', async (broken) => {
    const { browser } = await signUp();
    const { body } = await browser.ask('GET', REGISTER_OPTIONS);
    const made = new Authenticator().create(body.challenge, CEREMONY);
    const response = { ...made, response: { ...made.response, ...broken } };
    expect(errorOf(await browser.post('/passkey/verify-registration', { response }))).toEqual([
      400,
      'invalid_request',
    ]);
  });
});

describe('adding or deleting a passkey', () => {
  it('needs a sign-in, or the password again, of the last ten minutes', async () => {
    const { browser, id: userId } = await signUp();
    const { answer } = await register(browser);
    const challenge = (await browser.ask('GET', REGISTER_OPTIONS)).body.challenge;
    const response = new Authenticator().create(challenge, CEREMONY);
    const attempts = () => [
      browser.ask('GET', REGISTER_OPTIONS),
      browser.post('/passkey/verify-registration', { response }),
      browser.post('/passkey/delete-passkey', { id: answer.body.id }),
    ];
    await age(userId, 11);
    for (const attempt of attempts()) expect(errorOf(await attempt)).toEqual([403, 'confirmation_required']);
    expect((await browser.post('/verify-password', { password: 'a-wrong-guess' })).status).toBe(401);
    expect((await browser.ask('GET', REGISTER_OPTIONS)).status).toBe(403);
    expect((await browser.post('/verify-password', { password: PASSWORD })).status).toBe(200);
    expect((await register(browser)).answer.status).toBe(200);
    expect((await browser.post('/passkey/delete-passkey', { id: answer.body.id })).status).toBe(200);
  });

  it('needs a session', async () => {
    const nobody = new TestBrowser(api, PAGE);
    expect((await nobody.ask('GET', REGISTER_OPTIONS)).status).toBe(401);
    const response = new Authenticator().create('x', CEREMONY);
    const body = { response, createSession: true };
    expect((await nobody.post('/passkey/verify-registration', body)).status).toBe(401);
  });
});
