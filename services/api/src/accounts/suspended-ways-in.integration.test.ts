import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMail } from '../../../../tests/doubles/smtp/read-mail.ts';
import { SmtpDouble } from '../../../../tests/doubles/smtp/smtp-double.ts';
import { eventually } from '../../testing/eventually.ts';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { githubPerson, setUpOAuth } from '../../testing/set-up-oauth.ts';
import { PASSWORD, TestApi } from '../../testing/test-api.ts';

const NEW_PASSWORD = 'another-long-password';
const suspend = async (api: TestApi, id: string, status: 'suspended' | 'active' = 'suspended') => {
  const as = await api.signInAdmin();
  const changed = await api.ask('PATCH', `/api/admin/users/${id}`, { as, body: { status } });
  expect(changed.status).toBe(200);
};

describe('a suspended person, by mail', () => {
  const postgres = setUpPostgres();
  let smtp: SmtpDouble;
  let api: TestApi;
  beforeAll(async () => {
    smtp = await SmtpDouble.start({ login: { user: 'podex', password: 'secret-of-smtp' } });
    const variables = { SMTP_URL: smtp.url, MAIL_FROM: 'Podex <podex@example.com>' };
    api = await TestApi.start({ databaseUrl: await postgres().createDatabase(), variables });
  });
  afterAll(async () => {
    await api.stop();
    await smtp.stop();
  });

  const auth = (path: string, body: object) => api.ask('POST', `/api/auth${path}`, { body });
  async function tokenOf(email: string, count: number): Promise<string> {
    await eventually(() => smtp.to(email).length).toBe(count);
    const { text } = readMail(smtp.to(email).at(-1)?.raw ?? '');
    return decodeURIComponent(/#token=(\S+)/.exec(text)?.[1] ?? '');
  }

  it('resets no password with a link from before, gets no other, and signs in as before once restored', async () => {
    const email = 'suspended@example.com';
    await auth('/sign-up/email', { email, password: PASSWORD, name: 'A guest' });
    await api.ask('GET', `/api/auth/verify-email?token=${encodeURIComponent(await tokenOf(email, 1))}`);
    const signedIn = await auth('/sign-in/email', { email, password: PASSWORD });
    expect(signedIn.status).toBe(200);
    await auth('/request-password-reset', { email });
    const token = await tokenOf(email, 2);
    await suspend(api, signedIn.body.user.id);

    const reset = await auth('/reset-password', { token, newPassword: NEW_PASSWORD });
    expect([reset.status, reset.body.error.code]).toEqual([404, 'link_not_valid']);
    expect(reset.headers.getSetCookie()).toEqual([]);
    const [known, unknown] = [
      await auth('/request-password-reset', { email }),
      await auth('/request-password-reset', { email: 'nobody@example.com' }),
    ];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);

    await suspend(api, signedIn.body.user.id, 'active');
    // Mails go out in their order: none came before this one.
    await auth('/request-password-reset', { email });
    expect(await tokenOf(email, 3)).not.toBe(token);
    expect((await auth('/sign-in/email', { email, password: NEW_PASSWORD })).status).toBe(401);
    expect((await auth('/sign-in/email', { email, password: PASSWORD })).status).toBe(200);
  });
});

describe('a suspended person, by a provider', () => {
  const oauth = setUpOAuth();

  it('gets no session from a callback, not even from one that was under way', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('suspended@example.org');
    const browser = new OAuthBrowser(api);
    expect((await browser.signIn('github')).error).toBeNull();
    const me = await browser.me();
    const underWay = new OAuthBrowser(api);
    const callback = await underWay.toCallback(await underWay.begin('github'));
    await suspend(api, me?.id ?? '');

    expect((await underWay.land(callback)).error).toBe('sign_in_failed');
    const later = new OAuthBrowser(api);
    expect((await later.signIn('github')).error).toBe('sign_in_failed');
    for (const one of [browser, underWay, later]) {
      expect(await one.me()).toBeUndefined();
      expect((await one.get('/api/auth/get-session')).body).toBeNull();
    }
    expect(later.cookieFor(api.baseUrl)).not.toContain('session');
  });
});
