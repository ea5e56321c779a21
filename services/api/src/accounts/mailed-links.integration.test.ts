import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readMail } from '../../../../tests/doubles/smtp/read-mail.ts';
import { SmtpDouble } from '../../../../tests/doubles/smtp/smtp-double.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { sendRaw } from '../../testing/raw-request.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { type Answer, cookieOf, PAGE_ORIGIN, PASSWORD, TestApi } from '../../testing/test-api.ts';
import { connectDatabase, type Database } from '../database/connect.ts';

const postgres = setUpPostgres();
const NEW_PASSWORD = 'another-long-password';

let smtp: SmtpDouble;
let api: TestApi;
let database: Database;

beforeAll(async () => {
  smtp = await SmtpDouble.start({ login: { user: 'podex', password: 'secret-of-smtp' } });
  const databaseUrl = await postgres().createDatabase();
  const variables = { SMTP_URL: smtp.url, MAIL_FROM: 'Podex <podex@example.com>' };
  api = await TestApi.start({ databaseUrl, variables });
  database = connectDatabase({ url: databaseUrl, logger: silentLogger });
});
afterAll(async () => {
  await api.stop();
  await database.close();
  await smtp.stop();
});
afterEach(async () => {
  await database.db.deleteFrom('sign_in_attempt').execute();
});

const auth = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  api.ask('POST', `/api/auth${path}`, { body, headers });
const signUp = (email: string, more: object = {}) =>
  auth('/sign-up/email', { email, password: PASSWORD, name: 'A guest', ...more });
const signIn = (email: string, password = PASSWORD) => auth('/sign-in/email', { email, password });
const forgot = (email: string) => auth('/request-password-reset', { email });
const verify = (token: string) => api.ask('GET', `/api/auth/verify-email?token=${encodeURIComponent(token)}`);
const outcome = ({ status, body }: Answer) => [status, body.error?.code];

/** The text of the newest mail to somebody, once there are as many. */
async function mailTo(email: string, count = 1): Promise<{ subject: string; text: string; html: string }> {
  await eventually(() => smtp.to(email).length).toBe(count);
  const { headers, text, html } = readMail(smtp.to(email).at(-1)?.raw ?? '');
  return { subject: headers.get('subject') ?? '', text, html };
}

function linkIn(text: string): URL {
  const [link] = /https?:\/\/\S+#token=\S+/.exec(text) ?? [];
  if (link === undefined) throw new Error(`no link in: ${text}`);
  return new URL(link);
}
const tokenIn = (text: string) => decodeURIComponent(linkIn(text).hash.replace('#token=', ''));

/** What the audit log tells of somebody’s account, the newest first. */
async function toldOf(email: string, action: string) {
  const as = await api.signInAdmin();
  return (await api.ask('GET', `/api/admin/audit?target=${email}&action=${action}`, { as })).body.items;
}

/** Somebody who signed up and followed the link. */
async function member(email: string): Promise<{ cookie: string; id: string }> {
  await signUp(email);
  await verify(tokenIn((await mailTo(email)).text));
  const signedIn = await signIn(email);
  expect(signedIn.status).toBe(200);
  return { cookie: cookieOf(signedIn), id: signedIn.body.user.id };
}

async function resetToken(email: string, count: number): Promise<string> {
  expect((await forgot(email)).status).toBe(200);
  return tokenIn((await mailTo(email, count)).text);
}

describe('an address', () => {
  it('is proven by its link before its account can be used', async () => {
    expect((await api.ask('GET', '/api/registration')).body.mail).toBe(true);
    expect((await signUp('ada@example.com')).status).toBe(200);
    const { subject, text } = await mailTo('ada@example.com');
    expect(subject).toBe('Confirm your email address');
    expect(linkIn(text).origin + linkIn(text).pathname).toBe(`${PAGE_ORIGIN}/verify-email`);
    expect(outcome(await signIn('ada@example.com', 'a-wrong-guess'))).toEqual([401, 'invalid_credentials']);
    expect(outcome(await signIn('ada@example.com'))).toEqual([403, 'email_not_verified']);
    // Who has the password and no mail gets another one.
    expect(tokenIn((await mailTo('ada@example.com', 2)).text)).not.toBe('');
    expect(outcome(await verify(`${tokenIn(text)}x`))).toEqual([404, 'link_not_valid']);
    expect((await verify(tokenIn(text))).status).toBe(200);
    expect((await signIn('ada@example.com')).status).toBe(200);
    // Once more says nothing new, and signs nobody in.
    const again = await verify(tokenIn(text));
    expect([again.status, again.headers.getSetCookie()]).toEqual([200, []]);
    expect(await toldOf('ada@example.com', 'email.verified')).toMatchObject([
      { actor: { kind: 'anonymous' }, target: { kind: 'user', id: expect.stringMatching(/^usr_/) } },
    ]);
  });

  it('is not proven by the link of another account', async () => {
    await signUp('first@example.com');
    const { text } = await mailTo('first@example.com');
    await database.db.deleteFrom('user').where('email', '=', 'first@example.com').execute();
    await signUp('first@example.com');
    expect(outcome(await verify(tokenIn(text)))).toEqual([404, 'link_not_valid']);
    expect(outcome(await signIn('first@example.com'))).toEqual([403, 'email_not_verified']);
  });

  it('gets another link on request, and a stranger learns nothing from it', async () => {
    await signUp('slow@example.com');
    await mailTo('slow@example.com');
    const answers = [];
    for (const email of ['slow@example.com', 'never@example.com', 'ada@example.com'])
      answers.push(await auth('/send-verification-email', { email }));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      Array.from({ length: 3 }, () => [200, { status: true }]),
    );
    await mailTo('slow@example.com', 2);
    expect(smtp.to('never@example.com')).toEqual([]);
  });

  it('of an admin and of an invited person needs no proof', async () => {
    const admin = await api.signInAdmin();
    const body = { email: 'guest@example.com' };
    const created = await api.ask('POST', '/api/admin/invitations', { as: admin, body });
    expect(created.body).toMatchObject({ mailed: true });
    const { subject, text } = await mailTo('guest@example.com');
    expect(subject).toBe('admin invited you to Podex');
    expect(linkIn(text).href).toBe(created.body.url);
    expect((await signUp('guest@example.com', { invitation: tokenIn(text) })).status).toBe(200);
    expect((await signIn('guest@example.com')).status).toBe(200);
    expect(smtp.to('guest@example.com')).toHaveLength(1);
  });

  it('that has an account is told of a sign-up by mail alone', async () => {
    await member('taken@example.com');
    const [free, taken] = [await signUp('free@example.com'), await signUp('taken@example.com')];
    expect([taken.status, Object.keys(taken.body)]).toEqual([free.status, Object.keys(free.body)]);
    expect((await mailTo('taken@example.com', 2)).subject).toBe('You already have a Podex account');
  });
});

describe('a forgotten password', () => {
  it('is replaced with the link, which ends every session', async () => {
    const { cookie } = await member('forgetful@example.com');
    const headers = { cookie, origin: PAGE_ORIGIN };
    const made = await api.ask('POST', '/api/tokens', { headers, body: { name: 'kept', scope: 'write' } });
    const bearer = { authorization: `Bearer ${made.body.secret}` };
    const token = await resetToken('forgetful@example.com', 2);
    expect((await auth('/reset-password', { token, newPassword: NEW_PASSWORD })).status).toBe(200);
    expect(await toldOf('forgetful@example.com', 'password')).toMatchObject([
      { action: 'password.reset', actor: { kind: 'anonymous' } },
      { action: 'password.reset_requested', actor: { kind: 'anonymous' } },
    ]);
    expect((await api.ask('GET', '/api/me', { headers })).status).toBe(401);
    expect((await api.ask('GET', '/api/me', { headers: bearer })).status).toBe(200);
    expect((await signIn('forgetful@example.com')).status).toBe(401);
    expect((await signIn('forgetful@example.com', NEW_PASSWORD)).status).toBe(200);
    const second = await resetToken('forgetful@example.com', 3);
    await auth('/reset-password', { token: second, newPassword: PASSWORD, revoke_tokens: true });
    expect((await api.ask('GET', '/api/me', { headers: bearer })).status).toBe(401);
  });

  it('has a link that works once, also for many at the same time, and for one hour', async () => {
    await member('once@example.com');
    const token = await resetToken('once@example.com', 2);
    const tries = Array.from({ length: 5 }, (_, index) =>
      auth('/reset-password', { token, newPassword: `${NEW_PASSWORD}-${index}` }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(outcome(await auth('/reset-password', { token, newPassword: NEW_PASSWORD }))).toEqual([
      404,
      'link_not_valid',
    ]);
    const older = await resetToken('once@example.com', 3);
    const newer = await resetToken('once@example.com', 4);
    expect((await auth('/reset-password', { token: newer, newPassword: NEW_PASSWORD })).status).toBe(200);
    expect(outcome(await auth('/reset-password', { token: older, newPassword: NEW_PASSWORD }))).toEqual([
      404,
      'link_not_valid',
    ]);
    const late = await resetToken('once@example.com', 5);
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from max(expires_at) - now())::float8 as seconds from verification`.execute(
      database.db,
    );
    expect(rows[0]?.seconds).toBeGreaterThan(3500);
    expect(rows[0]?.seconds).toBeLessThanOrEqual(3600);
    await database.db
      .updateTable('verification')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .execute();
    expect(outcome(await auth('/reset-password', { token: late, newPassword: NEW_PASSWORD }))).toEqual([
      404,
      'link_not_valid',
    ]);
    expect(
      outcome(await auth('/reset-password', { token: 'x'.repeat(24), newPassword: NEW_PASSWORD })),
    ).toEqual([404, 'link_not_valid']);
  });

  it('leaves nothing in the database with which it could be replaced', async () => {
    await member('dumped@example.com');
    const token = await resetToken('dumped@example.com', 2);
    const { rows } = await sql<{ row: string }>`
      select verification::text as row from verification union all select mail::text from mail`.execute(
      database.db,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ row }) => row).join('\n')).not.toContain(token);
  });

  it('is asked for without anybody learning who has an account', async () => {
    await member('known@example.com');
    const [known, unknown] = [await forgot('known@example.com'), await forgot('unknown@example.com')];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect([...known.headers.keys()].sort()).toEqual([...unknown.headers.keys()].sort());
    await mailTo('known@example.com', 2);
    expect(smtp.to('unknown@example.com')).toEqual([]);
    const timeOf = async (email: string) => {
      const startedAt = performance.now();
      await forgot(email);
      return performance.now() - startedAt;
    };
    const [there, absent] = [await timeOf('known@example.com'), await timeOf('unknown@example.com')];
    expect(Math.min(there, absent)).toBeGreaterThan(490);
  });

  it('cannot be asked for without end, whether there is an account or not', async () => {
    for (const email of ['known@example.com', 'nobody@example.com']) {
      const answers = await Promise.all(Array.from({ length: 7 }, () => forgot(email)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(1);
      expect(refused[0]?.body.error.message).toContain('Too many emails');
    }
  });

  it('does not forgive wrong guesses at the old one', async () => {
    await member('guessed@example.com');
    await database.db.deleteFrom('sign_in_attempt').execute();
    const guess = () => signIn('guessed@example.com', 'a-wrong-guess');
    for (let round = 0; round < 10; round += 1) expect((await guess()).status).toBe(401);
    await forgot('guessed@example.com');
    await auth('/send-verification-email', { email: 'guessed@example.com' });
    await guess();
    expect((await guess()).status).toBe(429);
    // The owner, who has the mail, comes in.
    const token = await resetToken('guessed@example.com', 3);
    await auth('/reset-password', { token, newPassword: NEW_PASSWORD });
    expect((await signIn('guessed@example.com', NEW_PASSWORD)).status).toBe(200);
  });

  it('proves the address, and ends what the person who took it first had made', async () => {
    await signUp('squatted@example.com');
    await mailTo('squatted@example.com');
    const user = await database.db
      .selectFrom('user')
      .select('id')
      .where('email', '=', 'squatted@example.com')
      .executeTakeFirstOrThrow();
    // From a time without mail, when nobody had to prove anything.
    await sql`insert into token (id, user_id, name, scopes, secret_hash) values ('tok_old', ${user.id}, 'old', '{read}', '\\x00')`.execute(
      database.db,
    );
    const token = await resetToken('squatted@example.com', 2);
    expect((await auth('/reset-password', { token, newPassword: NEW_PASSWORD })).status).toBe(200);
    expect((await signIn('squatted@example.com', NEW_PASSWORD)).status).toBe(200);
    const left = await database.db.selectFrom('token').select('id').where('user_id', '=', user.id).execute();
    expect(left).toEqual([]);
  });

  it('has a link to the page, whatever Host, Origin or address the request names', async () => {
    await member('hosted@example.com');
    const body = JSON.stringify({ email: 'hosted@example.com', redirectTo: '/evil' });
    const lines = [
      'POST /api/auth/request-password-reset HTTP/1.1',
      'Host: 127.0.0.1',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
      'Forwarded: host=evil.example',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    const sent = await sendRaw(api.baseUrl, `${lines.join('\r\n')}\r\n\r\n${body}`);
    expect(sent.status).toBe(200);
    const { text, html } = await mailTo('hosted@example.com', 2);
    expect(linkIn(text).origin + linkIn(text).pathname).toBe(`${PAGE_ORIGIN}/reset-password`);
    expect(`${text}${html}`).not.toContain('evil');
    const foreign = await sendRaw(
      api.baseUrl,
      `${lines.join('\r\n').replace('Host: 127.0.0.1', 'Host: evil.example')}\r\n\r\n${body}`,
    );
    expect(foreign.status).toBe(421);
  });
});

describe('a new password', () => {
  it('is refused at every door when it is one of the common ones, or the person’s own name or address', async () => {
    const email = 'common.password@example.com';
    const { cookie } = await member(email);
    const own = { cookie, origin: PAGE_ORIGIN };
    const token = await resetToken(email, 2);
    const doors = (weak: string) =>
      [
        ['password', signUp('another@example.com', { password: weak, name: 'common.password' })],
        ['newPassword', auth('/change-password', { currentPassword: PASSWORD, newPassword: weak }, own)],
        ['newPassword', auth('/reset-password', { token, newPassword: weak })],
      ] as const;
    for (const weak of ['password123', 'Password123', 'common.password']) {
      for (const [field, asked] of doors(weak)) {
        const { status, body } = await asked;
        expect([weak, status, body.error.code, body.error.context]).toEqual([
          weak,
          400,
          'password_too_common',
          { field },
        ]);
      }
    }
    expect((await signIn(email)).status).toBe(200);
    expect(smtp.to('another@example.com')).toEqual([]);
    // The link is good still.
    expect((await auth('/reset-password', { token, newPassword: NEW_PASSWORD })).status).toBe(200);
  });

  it('of the first admin stops the start when everybody would guess it', async () => {
    const databaseUrl = await postgres().createDatabase();
    const variables = { ADMIN_PASSWORD: 'password123' };
    await expect(TestApi.start({ databaseUrl, variables })).rejects.toThrow(
      /ADMIN_PASSWORD: This password is one of/,
    );
    const started = await TestApi.start({ databaseUrl });
    await started.stop();
    // There is an admin now, so the variable is not read any more.
    const again = await TestApi.start({ databaseUrl, variables });
    expect((await again.ask('GET', '/health')).status).toBe(200);
    await again.stop();
  });
});

describe('a sign-in', () => {
  const age = (email: string) =>
    database.db
      .updateTable('user')
      .set({ created_at: new Date(Date.now() - 86_400_000) })
      .where('email', '=', email)
      .execute();

  it('from a browser that the account does not know is told by mail, from a known one not', async () => {
    const email = 'watched@example.com';
    const { cookie } = await member(email);
    await age(email);
    const from = (headers: Record<string, string>) =>
      auth('/sign-in/email', { email, password: PASSWORD }, { origin: PAGE_ORIGIN, ...headers });
    const device = cookie.split('; ').find((one) => one.startsWith('podex.device=')) ?? '';
    expect((await from({ cookie: device })).status).toBe(200);
    expect((await from({ 'user-agent': 'Strange/1.0 <b>' })).status).toBe(200);
    const { subject, text, html } = await mailTo(email, 2);
    expect(subject).toBe('New sign-in to your account');
    expect(text).toContain('Strange/1.0 <b>');
    expect(text).toContain('127.0.0.1');
    expect(html).toContain('Strange/1.0 &lt;b&gt;');
  });
});

describe('without a mail server', () => {
  it('nothing is promised: the page and every route say so', async () => {
    const databaseUrl = await postgres().createDatabase();
    const plain = await TestApi.start({ databaseUrl, variables: { ENVIRONMENT: 'production' } });
    try {
      expect((await plain.ask('GET', '/api/registration')).body.mail).toBe(false);
      const user = await plain.signUp();
      const asked = { body: { email: user.email } };
      for (const path of ['request-password-reset', 'send-verification-email']) {
        const { status, body } = await plain.ask('POST', `/api/auth/${path}`, asked);
        expect([path, status, body.error.code]).toEqual([path, 409, 'mail_not_configured']);
      }
      const admin = await plain.signInAdmin();
      const body = { email: 'guest@example.com' };
      const invited = await plain.ask('POST', '/api/admin/invitations', { as: admin, body });
      expect(invited.body.mailed).toBe(false);
    } finally {
      await plain.stop();
    }
  });
});
