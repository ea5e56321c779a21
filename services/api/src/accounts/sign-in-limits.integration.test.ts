import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import {
  type Answer,
  cookieOf,
  PAGE_ORIGIN,
  PASSWORD,
  TestApi,
  type TestUser,
} from '../../testing/test-api.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { RUNNING_MAX } from './password-checks.ts';
import { deleteOldAttempts } from './sign-in-attempt-store.ts';
import { BUDGETS } from './sign-in-budgets.ts';

const postgres = setUpPostgres();
const REPLICAS = 3;
const TRIES = 50;
const PROXY = '127.0.0.1';

describe('tries at a password, over three replicas without Redis', () => {
  const apis: TestApi[] = [];
  let database: Database;
  let user: TestUser;
  let addresses = 0;

  beforeAll(async () => {
    const databaseUrl = await postgres().createDatabase();
    for (let replica = 0; replica < REPLICAS; replica += 1)
      apis.push(await TestApi.start({ databaseUrl, variables: { TRUSTED_PROXIES: PROXY } }));
    database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    user = await replica(0).signUp();
  });
  afterAll(async () => {
    for (const api of apis) await api.stop();
    await database.close();
  });

  function replica(index: number): TestApi {
    const api = apis[index % REPLICAS];
    if (api === undefined) throw new Error('the replicas are started by beforeAll');
    return api;
  }
  const newAddress = () => {
    addresses += 1;
    return `198.51.100.${addresses}`;
  };
  const forgetEverything = () => database.db.deleteFrom('sign_in_attempt').execute();
  const signIn = (index: number, body: object, headers: Record<string, string> = {}) =>
    replica(index).ask('POST', '/api/auth/sign-in/email', { body, headers });
  const wrong = (email: string) => ({ email, password: 'a-wrong-guess' });
  const guess = (index: number, email: string, from = newAddress()) =>
    signIn(index, wrong(email), { 'x-forwarded-for': from });
  /** Each try may need a wait of one more doubling; a slow machine lets some seconds pass. */
  const allowedWithin = (free: number, startedAt: number) =>
    free + Math.floor(Math.log2((Date.now() - startedAt) / 1000 + 1));
  const passed = (answers: readonly Answer[]) => answers.filter(({ status }) => status !== 429).length;

  it('lets no more of many at once through than the account’s budget', async () => {
    await forgetEverything();
    const startedAt = Date.now();
    const answers = await Promise.all(Array.from({ length: TRIES }, (_, index) => guess(index, user.email)));
    expect(passed(answers)).toBeGreaterThanOrEqual(BUDGETS.account.free);
    expect(passed(answers)).toBeLessThanOrEqual(allowedWithin(BUDGETS.account.free, startedAt));
    const limited = answers.find(({ status }) => status === 429);
    expect(limited?.body.error).toMatchObject({
      code: 'rate_limited',
      message: expect.stringMatching(
        /^Too many failed sign-ins to this account\. Try again in \d+ seconds?\.$/,
      ),
      context: { retry_after_seconds: expect.any(Number) },
    });
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('lets no more of many at once through than the address’s budget, whatever the account', async () => {
    await forgetEverything();
    const [from, startedAt] = [newAddress(), Date.now()];
    const count = BUDGETS.address.free + 20;
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) => guess(index, `nobody-${index}@example.com`, from)),
    );
    const limited = answers.filter(({ body }) => body.error?.code === 'rate_limited');
    expect(count - limited.length).toBeLessThanOrEqual(allowedWithin(BUDGETS.address.free, startedAt));
    expect(limited[0]?.body.error.message).toContain('from your network');
  });

  it('waits twice as long each time, up to fifteen minutes, and forgives with time', async () => {
    await forgetEverything();
    const email = 'patient@example.com';
    const subject = async () => {
      const rows = await database.db.selectFrom('sign_in_attempt').selectAll().execute();
      return rows.find((row) => row.subject.startsWith('account:'));
    };
    /** As if so long had passed since the last try. */
    const wait = async (seconds: number, failures?: number) => {
      const row = await subject();
      if (row === undefined) throw new Error('no failure is counted');
      await database.db
        .updateTable('sign_in_attempt')
        .set({
          changed_at: new Date(row.changed_at.getTime() - seconds * 1000),
          ...(failures === undefined ? {} : { failures }),
        })
        .where('subject', '=', row.subject)
        .execute();
    };
    for (let index = 0; index < BUDGETS.account.free; index += 1) await guess(index, email);
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const refused = await guess(round, email);
      waits.push(refused.body.error.context.retry_after_seconds);
      await wait(waits.at(-1) ?? 0);
      expect((await guess(round, email)).status).toBe(401);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16]);
    await wait(0, 1_000);
    expect((await guess(0, email)).body.error.context.retry_after_seconds).toBe(15 * 60);
    await wait(BUDGETS.account.forgivenEveryMs / 1000, BUDGETS.account.free + 0.5);
    expect((await guess(1, email)).status).toBe(401);
    expect((await subject())?.failures).toBeCloseTo(BUDGETS.account.free + 0.5, 1);
  });

  it('lets the owner in on a known browser while strangers guess', async () => {
    await forgetEverything();
    const owner = { email: user.email, password: PASSWORD };
    const first = await signIn(0, owner);
    expect(first.status).toBe(200);
    const device = first.headers.getSetCookie().find((line) => line.startsWith('podex.device='));
    expect(device).toMatch(/; Max-Age=15552000; .*HttpOnly; SameSite=Lax/);
    const cookie = device?.split(';')[0] ?? '';
    const attack = Array.from({ length: 30 }, (_, index) => guess(index, user.email));
    await Promise.all(attack);
    // As if they had gone on for an hour.
    await database.db
      .updateTable('sign_in_attempt')
      .set({ failures: BUDGETS.account.free + 9, changed_at: new Date() })
      .where('subject', 'like', 'account:%')
      .execute();

    const stranger = await signIn(1, owner, { 'x-forwarded-for': newAddress() });
    expect(stranger.body.error.code).toBe('rate_limited');
    const known = await signIn(2, owner, { cookie, origin: PAGE_ORIGIN, 'x-forwarded-for': newAddress() });
    expect(known.status).toBe(200);
    // The owner’s sign-in gives the strangers no new tries.
    expect((await guess(0, user.email)).body.error.code).toBe('rate_limited');

    const someone = await replica(0).signUp();
    const foreign = someone.cookie.split('; ').find((part) => part.startsWith('podex.device=')) ?? '';
    expect(foreign).not.toBe('');
    for (const forged of [foreign, cookie.slice(0, -2), 'podex.device=x', `${cookie.slice(0, 20)}AAAA`]) {
      const headers = { cookie: forged, origin: PAGE_ORIGIN, 'x-forwarded-for': newAddress() };
      expect((await signIn(1, owner, headers)).body.error.code, forged).toBe('rate_limited');
    }
  });

  it('gives a known browser tries of its own, and no more', async () => {
    await forgetEverything();
    const first = await signIn(0, { email: user.email, password: PASSWORD });
    const headers = () => ({
      cookie:
        cookieOf(first)
          .split('; ')
          .find((part) => part.startsWith('podex.device=')) ?? '',
      origin: PAGE_ORIGIN,
      'x-forwarded-for': newAddress(),
    });
    const startedAt = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => signIn(index, wrong(user.email), headers())),
    );
    expect(passed(answers)).toBeLessThanOrEqual(allowedWithin(BUDGETS.device.free, startedAt));
    expect((await signIn(0, { email: user.email, password: PASSWORD })).status).toBe(200);
  });

  it.each([
    ['/api/auth/verify-password', { password: 'a-wrong-guess' }],
    ['/api/auth/change-password', { currentPassword: 'a-wrong-guess', newPassword: 'another-password' }],
  ])('counts the tries of a session at %s', async (path, body) => {
    await forgetEverything();
    const victim = await replica(0).signUp();
    const startedAt = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const headers = { cookie: victim.cookie, origin: PAGE_ORIGIN, 'x-forwarded-for': newAddress() };
        return replica(index).ask('POST', path, { body, headers });
      }),
    );
    expect(answers.some(({ body }) => body.error.code === 'invalid_credentials')).toBe(true);
    expect(passed(answers)).toBeLessThanOrEqual(allowedWithin(BUDGETS.session.free, startedAt));
    expect(answers.find(({ status }) => status === 429)?.body.error.code).toBe('rate_limited');
  });

  it('forgets the failures of who signs in, but not of their address', async () => {
    await forgetEverything();
    const from = newAddress();
    for (let index = 0; index < 5; index += 1) await guess(index, user.email, from);
    await signIn(0, { email: user.email, password: PASSWORD }, { 'x-forwarded-for': from });
    const rows = await database.db.selectFrom('sign_in_attempt').selectAll().execute();
    expect(rows).toEqual([expect.objectContaining({ subject: `address:${from}` })]);
    expect(rows[0]?.failures).toBeGreaterThan(4);
    expect(rows[0]?.failures).toBeLessThanOrEqual(5);
  });

  it('counts a /64 of IPv6 as one address, keeps no email, and sweeps old rows', async () => {
    await forgetEverything();
    for (let host = 1; host <= 3; host += 1) await guess(host, user.email, `2001:db8:1:2::${host}`);
    const rows = await database.db.selectFrom('sign_in_attempt').selectAll().orderBy('subject').execute();
    expect(rows.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^account:[\w-]{43}$/),
      'address:2001:db8:1:2::/64',
    ]);
    await database.db
      .updateTable('sign_in_attempt')
      .set({ changed_at: new Date(Date.now() - 25 * 60 * 60_000) })
      .where('subject', 'like', 'account:%')
      .execute();
    await deleteOldAttempts(database.db);
    expect(await database.db.selectFrom('sign_in_attempt').select('subject').execute()).toHaveLength(1);
  });

  it('limits the accounts that one network creates', async () => {
    await forgetEverything();
    const from = newAddress();
    const signUp = () => {
      const body = { email: `new-${crypto.randomUUID()}@example.com`, password: PASSWORD, name: 'New' };
      return replica(0).ask('POST', '/api/auth/sign-up/email', {
        body,
        headers: { 'x-forwarded-for': from },
      });
    };
    expect((await signUp()).status).toBe(200);
    await database.db
      .updateTable('sign_in_attempt')
      .set({ failures: BUDGETS.signUp.free + 1 })
      .where('subject', '=', `sign-up:${from}`)
      .execute();
    expect((await signUp()).body.error.code).toBe('rate_limited');
  });

  it('keeps few connections busy while many sign up, and refuses the rest', async () => {
    await forgetEverything();
    let isRunning = true;
    const signUp = async (index: number) => {
      const body = { email: `crowd-${index}@example.com`, password: PASSWORD, name: 'Crowd' };
      const headers = { 'x-forwarded-for': newAddress() };
      return (await replica(0).ask('POST', '/api/auth/sign-up/email', { body, headers })).body;
    };
    const watch = async () => {
      let most = 0;
      while (isRunning) {
        const { rows } = await sql<{ count: string }>`select count(*) from pg_stat_activity
          where datname = current_database() and state like 'idle in transaction%'`.execute(database.db);
        most = Math.max(most, Number(rows[0]?.count));
      }
      return most;
    };
    const watched = watch();
    const bodies = await Promise.all(Array.from({ length: 90 }, (_, index) => signUp(index)));
    isRunning = false;
    const most = await watched;
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(RUNNING_MAX);
    const refused = bodies.filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    for (const { error } of refused) expect(error.code).toBe('limit_reached');
  });

  it('knows the address of a session: of the client, behind the proxy', async () => {
    await forgetEverything();
    const headers = { 'x-forwarded-for': '203.0.113.66, 203.0.113.7', 'x-podex-client-address': '192.0.2.1' };
    const answer = await signIn(0, { email: user.email, password: PASSWORD }, headers);
    expect(answer.status).toBe(200);
    const session = await database.db
      .selectFrom('session')
      .select('ip_address')
      .where('token', '=', answer.body.token)
      .executeTakeFirstOrThrow();
    expect(session.ip_address).toBe('203.0.113.7');
  });
});

describe('without a trusted proxy', () => {
  it('believes nobody’s X-Forwarded-For', async () => {
    const databaseUrl = await postgres().createDatabase();
    const api = await TestApi.start({ databaseUrl });
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    try {
      const user = await api.signUp();
      const forge = (index: number) => ({
        'x-forwarded-for': `198.51.100.${index}`,
        'x-real-ip': `198.51.100.${index}`,
        forwarded: `for=198.51.100.${index}`,
        'x-podex-client-address': `198.51.100.${index}`,
      });
      for (let index = 0; index < 3; index += 1) {
        const body = { email: 'nobody@example.com', password: 'a-wrong-guess' };
        await api.ask('POST', '/api/auth/sign-in/email', { body, headers: forge(index) });
      }
      const rows = await database.db
        .selectFrom('sign_in_attempt')
        .select('subject')
        .where('subject', 'like', 'address:%')
        .execute();
      expect(rows).toEqual([{ subject: 'address:127.0.0.1' }]);
      const body = { email: user.email, password: PASSWORD };
      await api.ask('POST', '/api/auth/sign-in/email', { body, headers: forge(9) });
      const sessions = await database.db.selectFrom('session').select('ip_address').execute();
      expect(new Set(sessions.map((session) => session.ip_address))).toEqual(new Set(['127.0.0.1']));
    } finally {
      await api.stop();
    }
  });
});
