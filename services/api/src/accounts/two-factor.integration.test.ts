import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { PASSWORD, TestApi, type TestUser } from '../../testing/test-api.ts';
import { TestBrowser } from '../../testing/test-browser.ts';
import { secretOf } from '../../testing/totp-uri.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { BUDGETS } from './sign-in-budgets.ts';
import { codeAt } from './totp.ts';

const postgres = setUpPostgres();
const PROXY = '127.0.0.1';
const STEP_MS = 30_000;
const OTHER_PASSWORD = 'another-horse-battery';

let api: TestApi;
let database: Database;
let addresses = 0;
beforeAll(async () => {
  const databaseUrl = await postgres().createDatabase();
  api = await TestApi.start({ databaseUrl, variables: { TRUSTED_PROXIES: PROXY } });
  database = connectDatabase({ url: databaseUrl, logger: silentLogger });
});
afterAll(async () => {
  await api.stop();
  await database.close();
});

interface Protected {
  user: TestUser;
  /** Signed in since the second factor was turned on. */
  browser: TestBrowser;
  secret: string;
  recoveryCodes: string[];
  /** A code of the app that was not used yet. */
  code(): Promise<string>;
}

const newAddress = () => {
  addresses += 1;
  return { 'x-forwarded-for': `203.0.113.${addresses % 250}` };
};
const verify = (browser: TestBrowser, code: string, headers = {}) =>
  browser.post('/two-factor/verify-totp', { code }, headers);
const useRecoveryCode = (browser: TestBrowser, code: string) =>
  browser.post('/two-factor/verify-backup-code', { code });
const errorOf = ({ status, body }: { status: number; body: { error?: { code?: string } } }) => [
  status,
  body.error?.code,
];

/** As if no code had been used for a minute. */
async function forgetSteps(userId: string): Promise<void> {
  await sql`update two_factor set last_used_step = 0 where user_id = ${userId}`.execute(database.db);
}

async function signedIn(user: TestUser): Promise<TestBrowser> {
  const browser = new TestBrowser(api);
  expect((await browser.signIn(user.email)).status).toBe(200);
  return browser;
}

async function protect(): Promise<Protected> {
  const user = await api.signUp();
  const browser = await signedIn(user);
  const enabled = await browser.post('/two-factor/enable', { password: PASSWORD });
  expect(enabled.status).toBe(200);
  const secret = secretOf(enabled.body.totpURI);
  expect((await verify(browser, codeAt(secret, Date.now()))).status).toBe(200);
  const code = async () => {
    await forgetSteps(user.id);
    return codeAt(secret, Date.now());
  };
  return { user, browser, secret, recoveryCodes: enabled.body.backupCodes, code };
}

/** A browser whose user has entered the password and not the code. */
async function challenged(user: TestUser): Promise<TestBrowser> {
  const browser = new TestBrowser(api);
  const answer = await browser.signIn(user.email);
  expect(answer).toMatchObject({ status: 200, body: { twoFactorRedirect: true } });
  return browser;
}

describe('turning two-factor authentication on', () => {
  it('needs the password, and takes effect with the first right code', async () => {
    const user = await api.signUp();
    const browser = await signedIn(user);
    expect(errorOf(await browser.post('/two-factor/enable', { password: 'a-wrong-guess' }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect(errorOf(await browser.post('/two-factor/enable', {}))).toEqual([401, 'invalid_credentials']);
    const enabled = await browser.post('/two-factor/enable', { password: PASSWORD });
    expect(enabled.body.totpURI).toMatch(/^otpauth:\/\/totp\/Podex:/);
    expect(enabled.body.backupCodes).toHaveLength(10);
    // Until then the password alone signs in.
    expect((await new TestBrowser(api).signIn(user.email)).body.twoFactorRedirect).toBeUndefined();
    expect(errorOf(await verify(browser, '000000'))).toEqual([401, 'invalid_credentials']);
    expect((await browser.ask('GET', '/api/me')).body.two_factor).toBe(false);
    expect((await verify(browser, codeAt(secretOf(enabled.body.totpURI), Date.now()))).status).toBe(200);
    expect((await browser.ask('GET', '/api/me')).body.two_factor).toBe(true);
    expect((await new TestBrowser(api).signIn(user.email)).body.twoFactorRedirect).toBe(true);
    expect(errorOf(await browser.post('/two-factor/enable', { password: PASSWORD }))).toEqual([
      409,
      'conflict',
    ]);
  });

  it('ends all other sessions, as turning it off and new recovery codes do', async () => {
    const user = await api.signUp();
    const [browser, first] = [await signedIn(user), await signedIn(user)];
    const enabled = await browser.post('/two-factor/enable', { password: PASSWORD });
    const secret = secretOf(enabled.body.totpURI);
    expect(await first.statusOfMe()).toBe(200);
    await verify(browser, codeAt(secret, Date.now()));
    expect([await browser.statusOfMe(), await first.statusOfMe()]).toEqual([200, 401]);

    const another = async () => {
      const other = await challenged(user);
      await forgetSteps(user.id);
      expect((await verify(other, codeAt(secret, Date.now()))).status).toBe(200);
      return other;
    };
    const second = await another();
    expect((await browser.post('/two-factor/generate-backup-codes', { password: PASSWORD })).status).toBe(
      200,
    );
    expect([await browser.statusOfMe(), await second.statusOfMe()]).toEqual([200, 401]);

    const third = await another();
    await forgetSteps(user.id);
    const code = codeAt(secret, Date.now());
    expect((await browser.post('/two-factor/disable', { password: PASSWORD, code })).status).toBe(200);
    expect([await browser.statusOfMe(), await third.statusOfMe()]).toEqual([200, 401]);
  });

  it('shows the secret and the codes once, and stores neither in clear', async () => {
    const { user, browser, secret, recoveryCodes } = await protect();
    const rows = await database.db
      .selectFrom('two_factor')
      .selectAll()
      .where('user_id', '=', user.id)
      .execute();
    const stored = JSON.stringify(rows);
    for (const shown of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replace('-', ''))])
      expect(stored).not.toContain(shown);
    expect((await browser.post('/two-factor/get-totp-uri', { password: PASSWORD })).status).toBe(404);
  });

  it('is begun once, also by two requests at the same time', async () => {
    const browser = await signedIn(await api.signUp());
    const begin = () => browser.post('/two-factor/enable', { password: PASSWORD });
    const answers = await Promise.all([begin(), begin(), begin()]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    for (const { status } of answers) expect([200, 409]).toContain(status);
  });

  it('needs a sign-in of the last ten minutes from a person without a password', async () => {
    const user = await api.signUp();
    const browser = await signedIn(user);
    await database.db.deleteFrom('account').where('user_id', '=', user.id).execute();
    const age = (minutes: number) =>
      sql`update session set created_at = now() - make_interval(mins => ${minutes}) where user_id = ${user.id}`.execute(
        database.db,
      );
    await age(11);
    expect(errorOf(await browser.post('/two-factor/enable', {}))).toEqual([403, 'confirmation_required']);
    await age(9);
    expect((await browser.post('/two-factor/enable', {})).status).toBe(200);
  });
});

describe('turning it off', () => {
  it('needs the password and a code, of the app or a recovery code', async () => {
    const { user, browser, recoveryCodes, code } = await protect();
    const off = (body: object) => browser.post('/two-factor/disable', body);
    expect(errorOf(await off({ password: PASSWORD }))).toEqual([400, 'invalid_request']);
    expect(errorOf(await off({ code: await code() }))).toEqual([401, 'invalid_credentials']);
    expect(errorOf(await off({ password: 'a-wrong-guess', code: await code() }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect(errorOf(await off({ password: PASSWORD, code: '000000' }))).toEqual([401, 'invalid_credentials']);
    expect(errorOf(await off({ password: PASSWORD, code: 'aaaaa-aaaaa' }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect((await browser.ask('GET', '/api/me')).body.two_factor).toBe(true);
    expect((await off({ password: PASSWORD, code: recoveryCodes[0] })).status).toBe(200);
    expect((await new TestBrowser(api).signIn(user.email)).body.twoFactorRedirect).toBeUndefined();
  });
});

describe('signing in with it', () => {
  it('gives no session before the code, and nothing that opens anything', async () => {
    const { user, code } = await protect();
    const browser = await challenged(user);
    expect(browser.cookieNames).toEqual(['podex.two_factor']);
    expect((await browser.ask('GET', '/api/auth/get-session')).body).toBeNull();
    expect(await browser.statusOfMe()).toBe(401);
    for (const [path, body] of [
      ['/two-factor/disable', { password: PASSWORD, code: await code() }],
      ['/two-factor/generate-backup-codes', { password: PASSWORD }],
      ['/two-factor/enable', { password: PASSWORD }],
      ['/change-password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD }],
      ['/verify-password', { password: PASSWORD }],
      ['/passkey/delete-passkey', { id: 'x' }],
    ] as const)
      expect([path, (await browser.post(path, body)).status]).toEqual([path, 401]);
    const sessions = await database.db
      .selectFrom('session')
      .select('id')
      .where('user_id', '=', user.id)
      .execute();
    expect(sessions).toHaveLength(1);
    expect((await verify(browser, await code())).status).toBe(200);
    expect(await browser.statusOfMe()).toBe(200);
    expect(browser.cookieNames).toEqual(['podex.device', 'podex.session_token']);
  });

  it('takes a code once, also of two requests at the same time', async () => {
    const { user, code } = await protect();
    const [one, other, late] = [await challenged(user), await challenged(user), await challenged(user)];
    const same = await code();
    const answers = await Promise.all([verify(one, same), verify(other, same)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect(errorOf(await verify(late, same))).toEqual([401, 'invalid_credentials']);
    expect(await late.statusOfMe()).toBe(401);
  });

  it('takes no code from before the last one that was used', async () => {
    const { user, secret, code } = await protect();
    const first = await challenged(user);
    expect((await verify(first, await code())).status).toBe(200);
    const second = await challenged(user);
    expect(errorOf(await verify(second, codeAt(secret, Date.now() - STEP_MS)))).toEqual([
      401,
      'invalid_credentials',
    ]);
  });

  it('takes a recovery code once, however it is typed, also of two requests at the same time', async () => {
    const { user, recoveryCodes } = await protect();
    const [first = '', second = '', third = ''] = recoveryCodes;
    const typed = await challenged(user);
    expect((await useRecoveryCode(typed, ` ${second.toUpperCase().replace('-', ' ')}`)).status).toBe(200);
    const [one, other] = [await challenged(user), await challenged(user)];
    const answers = await Promise.all([useRecoveryCode(one, first), useRecoveryCode(other, first)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect([await one.statusOfMe(), await other.statusOfMe()].sort()).toEqual([200, 401]);
    for (const used of [first, second]) {
      expect(errorOf(await useRecoveryCode(await challenged(user), used))).toEqual([
        401,
        'invalid_credentials',
      ]);
    }
    // One challenge, used twice at once, gives one session.
    const left = await challenged(user);
    const right = left.clone();
    await Promise.all([useRecoveryCode(left, third), useRecoveryCode(right, third)]);
    expect([await left.statusOfMe(), await right.statusOfMe()].sort()).toEqual([200, 401]);
  });

  it('takes no recovery code of before new ones were made', async () => {
    const { user, browser, recoveryCodes } = await protect();
    expect(errorOf(await browser.post('/two-factor/generate-backup-codes', {}))).toEqual([
      401,
      'invalid_credentials',
    ]);
    const made = await browser.post('/two-factor/generate-backup-codes', { password: PASSWORD });
    const { status } = await useRecoveryCode(await challenged(user), recoveryCodes[0] ?? '');
    expect(status).toBe(401);
    expect((await useRecoveryCode(await challenged(user), made.body.backupCodes[0])).status).toBe(200);
  });

  it('ends after ten minutes, and with a new password', async () => {
    const { user, browser, code } = await protect();
    const late = await challenged(user);
    await sql`update verification set expires_at = expires_at - interval '10 minutes' where value = ${user.id}`.execute(
      database.db,
    );
    expect(errorOf(await verify(late, await code()))).toEqual([401, 'unauthenticated']);

    const outdated = await challenged(user);
    const change = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expect((await browser.post('/change-password', change)).status).toBe(200);
    expect(errorOf(await verify(outdated, await code()))).toEqual([401, 'unauthenticated']);
    expect(await outdated.statusOfMe()).toBe(401);
  });

  it('is bound to its account: another person’s code opens nothing', async () => {
    const [mine, theirs] = [await protect(), await protect()];
    const browser = await challenged(theirs.user);
    expect(errorOf(await verify(browser, await mine.code()))).toEqual([401, 'invalid_credentials']);
    expect(errorOf(await useRecoveryCode(browser, mine.recoveryCodes[0] ?? ''))).toEqual([
      401,
      'invalid_credentials',
    ]);
  });

  it('trusts no browser, whatever it asks for', async () => {
    const { user, code } = await protect();
    const browser = await challenged(user);
    const body = { code: await code(), trustDevice: true, disableSession: true };
    expect((await browser.post('/two-factor/verify-totp', body)).status).toBe(200);
    expect(browser.cookieNames).toEqual(['podex.device', 'podex.session_token']);
    await browser.post('/sign-out');
    expect((await browser.signIn(user.email)).body.twoFactorRedirect).toBe(true);
  });
});

describe('tries at codes', () => {
  const allowedWithin = (startedAt: number) =>
    BUDGETS.secondFactor.free + Math.floor(Math.log2((Date.now() - startedAt) / 1000 + 1));

  it('are counted on the account, whichever address, challenge and password sign-in they come with', async () => {
    await database.db.deleteFrom('sign_in_attempt').execute();
    const { user } = await protect();
    const startedAt = Date.now();
    let passed = 0;
    for (let round = 0; round < 5; round += 1) {
      const browser = await challenged(user);
      for (let tries = 0; tries < 4; tries += 1) {
        const { body } = await verify(browser, '000000', newAddress());
        if (body.error.code !== 'rate_limited') passed += 1;
      }
    }
    expect(passed).toBeGreaterThanOrEqual(BUDGETS.secondFactor.free);
    expect(passed).toBeLessThanOrEqual(allowedWithin(startedAt));
    const tryOnceMore = async () =>
      (await useRecoveryCode(await challenged(user), 'aaaaa-aaaaa')).body.error.message;
    // A try may have become free meanwhile.
    await eventually(tryOnceMore).toMatch(/^Too many wrong codes for this account\. Try again in \d+ sec/);
  });

  it('are not forgotten when a session’s password is right', async () => {
    await database.db.deleteFrom('sign_in_attempt').execute();
    const { browser } = await protect();
    const startedAt = Date.now();
    let passed = 0;
    for (let tries = 0; tries < 20; tries += 1) {
      await browser.post('/verify-password', { password: PASSWORD });
      const guess = { password: PASSWORD, code: '000000' };
      const { body } = await browser.post('/two-factor/disable', guess, newAddress());
      if (body.error.code !== 'rate_limited') passed += 1;
    }
    expect(passed).toBeLessThanOrEqual(allowedWithin(startedAt));
    expect((await browser.ask('GET', '/api/me')).body.two_factor).toBe(true);
  });
});
