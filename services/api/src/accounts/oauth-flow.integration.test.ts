import { describe, expect, it } from 'vitest';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { githubPerson, googlePerson, setUpOAuth } from '../../testing/set-up-oauth.ts';
import { connectDatabase } from '../database/connect.ts';

const oauth = setUpOAuth();

describe('sign-in with a provider', () => {
  it('makes an account, and signs in to the same one again', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('cat@example.com');
    const first = new OAuthBrowser(api);
    const landed = await first.signIn('github', { callbackURL: '/workspaces/ws_1' });
    expect([landed.url.href, landed.error]).toEqual(['http://localhost:3000/workspaces/ws_1', null]);
    const me = await first.me();
    expect(me).toMatchObject({ email: 'cat@example.com' });
    const second = new OAuthBrowser(api);
    await second.signIn('github');
    expect((await second.me())?.id).toBe(me?.id);
  });

  it('asks with state, nonce and PKCE, and sends the secret in no address', async () => {
    const { api, google } = oauth();
    google.person = googlePerson('pkce@example.com');
    const browser = new OAuthBrowser(api);
    const url = await browser.begin('google');
    const query = url.searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    for (const name of ['code_challenge', 'state', 'nonce'])
      expect(query.get(name)?.length).toBeGreaterThanOrEqual(32);
    expect(url.href).not.toContain(google.clientSecret);
    expect(query.get('redirect_uri')).toBe(`${api.baseUrl}/api/auth/callback/google`);
    expect((await browser.land(await browser.toCallback(url))).error).toBeNull();
    expect(await browser.me()).toMatchObject({ email: 'pkce@example.com' });
  });

  it('keeps no token of a provider', async () => {
    const { api, google, github, databaseUrl } = oauth();
    google.person = googlePerson('kept@example.com');
    github.person = githubPerson('kept-too@example.com');
    for (const provider of ['google', 'github', 'google', 'github'])
      expect((await new OAuthBrowser(api).signIn(provider)).error).toBeNull();
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const rows = await database.db
      .selectFrom('account')
      .select(['access_token', 'refresh_token', 'id_token'])
      .where('provider_id', '!=', 'credential')
      .execute();
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const row of rows) expect(Object.values(row)).toEqual([null, null, null]);
  });
});

describe('what comes back from a provider', () => {
  const fails = async (change: (callback: URL) => URL, provider = 'github') => {
    const { api, github, google } = oauth();
    github.person = githubPerson('changed@example.com');
    google.person = googlePerson('changed@example.com');
    const browser = new OAuthBrowser(api);
    const landed = await browser.land(
      change(await browser.toCallback(await browser.begin(provider, { callbackURL: '/workspaces' }))),
    );
    expect(`${landed.url.origin}${landed.url.pathname}`).toBe('http://localhost:3000/sign-in');
    expect([...landed.url.searchParams.keys()]).toEqual(['error']);
    expect(await browser.me()).toBeUndefined();
    return landed.error;
  };
  const withQuery = (changes: Record<string, string | null>) => (callback: URL) => {
    const url = new URL(callback);
    for (const [name, value] of Object.entries(changes))
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    return url;
  };

  it.each([
    ['a wrong state', { state: 'x'.repeat(32) }, 'state_mismatch'],
    ['no state', { state: null }, 'state_not_found'],
    ['a wrong code', { code: 'x'.repeat(40) }, 'invalid_code'],
    ['no code', { code: null }, 'no_code'],
    [
      'a denial',
      { code: null, error: 'access_denied', error_description: 'The <b>user</b>' },
      'access_denied',
    ],
    ['an error of its own', { error: '<script>alert(1)</script>' }, 'sign_in_failed'],
    ['too long a value', { error_description: 'x'.repeat(4000) }, 'sign_in_failed'],
  ])('is refused with %s', async (_what, changes, expected) => {
    expect(await fails(withQuery(changes))).toBe(expected);
  });

  it('is good once', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('once@example.com');
    const browser = new OAuthBrowser(api);
    const callback = await browser.toCallback(await browser.begin('github'));
    expect((await browser.land(callback)).error).toBeNull();
    expect((await browser.land(callback)).error).toBe('state_mismatch');
    // The code of a sign-in that was used, in one of its own.
    const next = await browser.toCallback(await browser.begin('github'));
    next.searchParams.set('code', callback.searchParams.get('code') ?? '');
    expect((await browser.land(next)).error).toBe('invalid_code');
  });

  it('is for the browser that asked, so that nobody is signed in to another’s account', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('attacker@example.com');
    const attacker = new OAuthBrowser(api);
    const callback = await attacker.toCallback(await attacker.begin('github'));
    const victim = new OAuthBrowser(api);
    expect((await victim.land(callback)).error).toBe('state_mismatch');
    await victim.begin('github');
    expect((await victim.land(callback)).error).toBe('state_mismatch');
    expect(await victim.me()).toBeUndefined();
  });

  it('is for the provider that was asked: no code or state is good at another', async () => {
    const { google, github } = oauth();
    const elsewhere = (provider: string) => (callback: URL) =>
      new URL(callback.href.replace(/callback\/\w+/, `callback/${provider}`));
    google.asked.length = 0;
    github.asked.length = 0;
    expect(await fails(elsewhere('google'), 'github')).toBe('state_mismatch');
    // The nonce and the code of Google’s are not shown to GitHub either.
    expect(await fails(elsewhere('github'), 'google')).toBe('state_mismatch');
    expect(google.asked).not.toContain('/token');
    expect(github.asked).not.toContain('/login/oauth/access_token');
    expect(await fails(elsewhere('oidc'), 'google')).toBe('oauth_provider_not_found');
    expect(await fails(withQuery({ iss: 'https://evil.example' }), 'google')).toBe('issuer_mismatch');
  });

  it('leads to the page alone', async () => {
    const { api } = oauth();
    const browser = new OAuthBrowser(api);
    for (const path of ['/api/auth/sign-in/social', '/api/auth/link-social'])
      for (const name of ['callbackURL', 'errorCallbackURL'])
        for (const to of [
          'https://evil.example/',
          '//evil.example',
          'javascript:alert(1)',
          '/\\evil.example',
        ]) {
          const answer = await browser.post(path, { provider: 'github', [name]: to });
          expect([path, name, answer.status]).toEqual([path, name, 403]);
        }
    const state = await browser.begin('github', { errorCallbackURL: '/account?tab=x' });
    const denied = new URL(`${api.baseUrl}/api/auth/callback/github?error=access_denied`);
    denied.searchParams.set('state', state.searchParams.get('state') ?? '');
    const landed = await browser.land(denied);
    expect(landed.url.href).toBe('http://localhost:3000/account?tab=x&error=access_denied');
  });
});
