import { DEFAULT_SETTINGS, type SettingValues } from '@podex/contracts/settings';
import { beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { ADMIN, cookieOf, PASSWORD, TestApi, type TestUser } from '../../testing/test-api.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { connectDatabase } from '../database/connect.ts';
import { createRegistrationGate } from './registration-gate.ts';

const postgres = setUpPostgres();
const INVITATIONS = '/api/admin/invitations';

describe('registration', () => {
  let api: TestApi;
  let admin: TestUser;
  let databaseUrl: string;

  beforeAll(async () => {
    databaseUrl = await postgres().createDatabase();
    api = await TestApi.start({ databaseUrl, variables: { SIGN_UP: 'closed' } });
    admin = await api.signInAdmin();
    return () => api.stop();
  });

  const signUp = (email: string, invitation?: string) =>
    api.ask('POST', '/api/auth/sign-up/email', {
      body: { email, password: PASSWORD, name: 'Guest', ...(invitation === undefined ? {} : { invitation }) },
    });
  const invite = async (email: string, more: object = {}) => {
    const created = await api.ask('POST', INVITATIONS, { as: admin, body: { email, ...more } });
    expect(created.status).toBe(201);
    const token = new URL(created.body.url).hash.replace('#token=', '');
    return { id: created.body.id as string, token, body: created.body };
  };
  const lookUp = (token: string) => api.ask('POST', '/api/invitations/look_up', { body: { token } });

  it('is closed to strangers by default, and says how to get in', async () => {
    expect((await api.ask('GET', '/api/registration')).body).toEqual({
      mode: 'invitation',
      providers: [],
      mail: false,
    });
    const refused = await signUp('stranger@example.com');
    expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden']);
    expect(refused.body.error.message).toContain('Ask an admin for an invitation');
    const form = await fetch(`${api.baseUrl}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ email: 'form@example.com', password: PASSWORD, name: 'x' }).toString(),
    });
    expect(form.status).toBeGreaterThanOrEqual(400);
  });

  it('lets the invited person in, once, with the role that was given', async () => {
    const { token, body } = await invite('New.Admin@Example.com', { role: 'admin' });
    expect(body).toMatchObject({ email: 'new.admin@example.com', role: 'admin', invited_by: ADMIN.email });
    expect(token).toMatch(/^pdxi_[\w-]{43}$/);
    const seen = await lookUp(token);
    expect(seen).toMatchObject({
      status: 200,
      body: { email: 'new.admin@example.com', invited_by: 'admin' },
    });
    expect((await signUp('new.admin@example.com', token)).status).toBe(200);
    const signedIn = await api.ask('POST', '/api/auth/sign-in/email', {
      body: { email: 'new.admin@example.com', password: PASSWORD },
    });
    const headers = { cookie: cookieOf(signedIn), origin: api.config.frontendOrigin };
    const me = await api.ask('GET', '/api/me', { headers });
    expect(me.body).toMatchObject({ email: 'new.admin@example.com', role: 'admin' });
    const as = await api.signInAdmin();
    const told = await api.ask('GET', '/api/admin/audit?action=invitation.accepted', { as });
    expect(told.body.items[0]).toMatchObject({ result: 'succeeded', target: { kind: 'invitation' } });
    const again = await signUp('new.admin@example.com', token);
    expect([again.status, again.body.error.code]).toEqual([404, 'invitation_not_valid']);
    expect((await lookUp(token)).body.error.code).toBe('invitation_not_valid');
  });

  it('lets one of many that use an invitation at the same time in', async () => {
    const { token } = await invite('race@example.com');
    const answers = await Promise.all(Array.from({ length: 6 }, () => signUp('race@example.com', token)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const users = await database.db
      .selectFrom('user')
      .select('id')
      .where('email', '=', 'race@example.com')
      .execute();
    expect(users).toHaveLength(1);
  });

  it('refuses alike what was revoked, replaced, has expired, is another’s or was never there', async () => {
    const revoked = await invite('revoked@example.com');
    expect((await api.ask('DELETE', `${INVITATIONS}/${revoked.id}`, { as: admin })).status).toBe(204);
    expect((await api.ask('DELETE', `${INVITATIONS}/${revoked.id}`, { as: admin })).status).toBe(404);
    const replaced = await invite('replaced@example.com');
    await invite('replaced@example.com');
    const expired = await invite('expired@example.com');
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('invitation')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('email', '=', 'expired@example.com')
      .execute();
    const anothers = await invite('owner@example.com');
    const neverThere = `pdxi_${'x'.repeat(43)}`;
    const errorResponses = [
      await signUp('revoked@example.com', revoked.token),
      await signUp('replaced@example.com', replaced.token),
      await signUp('expired@example.com', expired.token),
      await signUp('thief@example.com', anothers.token),
      await signUp('owner@example.com', neverThere),
      await signUp('owner@example.com', 'nonsense'),
      // An address that has an account is told nothing else.
      await signUp(ADMIN.email, neverThere),
      await signUp(ADMIN.email, anothers.token),
      await lookUp(revoked.token),
      await lookUp(expired.token),
      await lookUp(neverThere),
    ];
    const seen = errorResponses.map(
      ({ status, body }) => `${status} ${body.error.code} ${body.error.message}`,
    );
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatch(/^404 invitation_not_valid /);
    expect((await signUp('owner@example.com', anothers.token)).status).toBe(200);
  });

  it('tells a stranger neither who is invited nor who has an account', async () => {
    await invite('secret@example.com');
    const answers = await Promise.all(
      ['secret@example.com', 'nobody@example.com', ADMIN.email].map((email) => signUp(email)),
    );
    const seen = answers.map(({ status, body }) => `${status} ${body.error.code} ${body.error.message}`);
    expect(new Set(seen).size).toBe(1);
  });

  it('lists what is open, without secrets, and keeps none', async () => {
    const { token, id } = await invite('listed@example.com', { expires_in_days: 1 });
    const listed = await api.ask('GET', INVITATIONS, { as: admin });
    const item = listed.body.items.find((one: { id: string }) => one.id === id);
    expect(item).toMatchObject({ email: 'listed@example.com', role: 'user' });
    const days = (Date.parse(item.expires_at) - Date.parse(item.created_at)) / 86_400_000;
    expect(days).toBeCloseTo(1, 3);
    expect(JSON.stringify(listed.body)).not.toContain('pdxi_');
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const rows = await database.db.selectFrom('invitation').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('answers a repeated request with the same link, and refuses an address that has an account', async () => {
    const headers = { 'idempotency-key': 'invite-1' };
    const ask = () =>
      api.ask('POST', INVITATIONS, { as: admin, headers, body: { email: 'twice@example.com' } });
    expect((await ask()).body.url).toBe((await ask()).body.url);
    const taken = await api.ask('POST', INVITATIONS, { as: admin, body: { email: ADMIN.email } });
    expect([taken.status, taken.body.error.code]).toEqual([409, 'conflict']);
  });

  it('follows the setting at once', async () => {
    const kept = await invite('kept@example.com');
    await api.changeSettings({ registration: 'open' });
    expect((await signUp('open@example.com')).status).toBe(200);
    await api.changeSettings({ registration: 'domains', registration_domains: ['acme.com'] });
    // No mail is sent, so that an address is only what somebody typed.
    expect((await signUp('typed@acme.com')).body.error.code).toBe('forbidden');
    await api.changeSettings({ registration: 'closed' });
    expect((await signUp('closed@example.com')).body.error.code).toBe('forbidden');
    const refused = await api.ask('POST', INVITATIONS, { as: admin, body: { email: 'late@example.com' } });
    expect(refused.body.error.code).toBe('conflict');
    expect((await signUp('kept@example.com', kept.token)).status).toBe(200);
    await api.changeSettings({ registration: null });
  });

  it('counts guesses by address', async () => {
    let last = 200;
    for (let tries = 0; tries < 70 && last !== 429; tries += 1) {
      last = (await lookUp(`pdxi_${'y'.repeat(43)}`)).status;
    }
    expect(last).toBe(429);
  });

  it('counts guesses by network where a client has many addresses', async () => {
    const variables = { TRUSTED_PROXIES: '127.0.0.1' };
    const proxied = await TestApi.start({ databaseUrl, variables });
    let last = 200;
    try {
      for (let tries = 1; tries < 70 && last !== 429; tries += 1) {
        const headers = { 'x-forwarded-for': `2001:db8::${tries}` };
        const body = { token: `pdxi_${'y'.repeat(43)}` };
        last = (await proxied.ask('POST', '/api/invitations/look_up', { headers, body })).status;
      }
    } finally {
      await proxied.stop();
    }
    expect(last).toBe(429);
  });

  describe('through a sign-in provider', () => {
    /** As better-auth asks when a provider has sent somebody back. */
    async function admit(
      user: { email: string; emailVerified: boolean },
      settings: Partial<SettingValues>,
      body = {},
    ) {
      await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
      const gate = createRegistrationGate({
        db: database.db,
        settings: { values: { ...DEFAULT_SETTINGS, ...settings } },
        transact: testTransact(database.db),
      });
      const { before } = gate.init().options.databaseHooks.user.create;
      return before({ ...user, name: 'x' } as never, { path: '/sign-in/social', body } as never).then(
        (result) => result?.data.role,
        (error: { body?: { code?: string } }) => error.body?.code,
      );
    }
    const acme: Partial<SettingValues> = { registration: 'domains', registration_domains: ['acme.com'] };

    it.each([
      ['a stranger', { email: 'a@acme.com', emailVerified: true }, {}, 'SIGN_UP_NOT_ALLOWED'],
      [
        'everybody where it is open',
        { email: 'a@x.com', emailVerified: false },
        { registration: 'open' },
        'user',
      ],
      ['one of the domain', { email: 'A@Acme.com', emailVerified: true }, acme, 'user'],
      ['an unverified address', { email: 'a@acme.com', emailVerified: false }, acme, 'SIGN_UP_NOT_ALLOWED'],
      ['a subdomain', { email: 'a@evil.acme.com', emailVerified: true }, acme, 'SIGN_UP_NOT_ALLOWED'],
      ['a look-alike', { email: 'a@acme.com.evil.com', emailVerified: true }, acme, 'SIGN_UP_NOT_ALLOWED'],
      ['two at signs', { email: 'a@acme.com@evil.com', emailVerified: true }, acme, 'SIGN_UP_NOT_ALLOWED'],
    ] satisfies [string, object, Partial<SettingValues>, string][])(
      'decides on %s',
      async (_who, user, settings, expected) => {
        expect(await admit(user, settings)).toBe(expected);
      },
    );

    it('takes an invitation that came along, for its own address', async () => {
      const { token } = await invite('social@example.com', { role: 'admin' });
      const body = { additionalData: { invitation: token } };
      const other = { email: 'other@example.com', emailVerified: true };
      expect(await admit(other, {}, body)).toBe('INVITATION_NOT_VALID');
      const invited = { email: 'social@example.com', emailVerified: true };
      const atOnce = await Promise.all(Array.from({ length: 5 }, () => admit(invited, {}, body)));
      expect(atOnce.sort()).toEqual([...Array(4).fill('INVITATION_NOT_VALID'), 'admin']);
    });
  });
});
