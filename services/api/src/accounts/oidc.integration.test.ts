import type { ServerResponse } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type GoogleDouble as IssuerDouble,
  startGoogleDouble as startIssuerDouble,
} from '../../../../tests/doubles/oauth/google-double.ts';
import {
  type OidcProviderDouble,
  startOidcProviderDouble,
} from '../../../../tests/doubles/oauth/oidc-provider-double.ts';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { googlePerson } from '../../testing/set-up-oauth.ts';
import { PAGE_ORIGIN, TestApi } from '../../testing/test-api.ts';

const postgres = setUpPostgres();

const startApi = async (oidc: { issuer: string; clientId: string; clientSecret: string }, name = '') =>
  TestApi.start({
    databaseUrl: await postgres().createDatabase(),
    variables: {
      OIDC_ISSUER: oidc.issuer,
      OIDC_CLIENT_ID: oidc.clientId,
      OIDC_CLIENT_SECRET: oidc.clientSecret,
      OIDC_NAME: name,
    },
  });

describe('sign-in with a certified OpenID provider', () => {
  let oidc: OidcProviderDouble;
  let api: TestApi;

  beforeAll(async () => {
    oidc = await startOidcProviderDouble({
      person: { sub: 'p-1', email: 'own@example.com', email_verified: true, name: 'Own' },
      redirectUri: () => `${api.baseUrl}/api/auth/callback/oidc`,
    });
    api = await startApi(oidc, 'Acme');
    return async () => {
      await api.stop();
      await oidc.stop();
    };
  });

  it('offers it by its name, and signs in', async () => {
    expect((await api.ask('GET', '/api/registration')).body.providers).toEqual([
      { id: 'oidc', name: 'Acme' },
    ]);
    const browser = new OAuthBrowser(api);
    expect((await browser.signIn('oidc')).error).toBeNull();
    const me = await browser.me();
    expect(me).toMatchObject({ email: 'own@example.com' });
    const again = new OAuthBrowser(api);
    await again.signIn('oidc');
    expect(await again.me()).toEqual(me);
  });

  it('knows people by their subject, and makes no account for an unverified address that has one', async () => {
    oidc.person = { sub: 'p-2', email: 'own@example.com', email_verified: false, name: 'Thief' };
    expect((await new OAuthBrowser(api).signIn('oidc')).error).toBe('account_not_linked');
    oidc.person = { sub: 'p-3', email: 'third@example.com', email_verified: false, name: 'Third' };
    const browser = new OAuthBrowser(api);
    await browser.signIn('oidc');
    expect(await browser.me()).toMatchObject({ email: 'third@example.com' });
  });

  it('wants a response to name its issuer, because this one says that it does', async () => {
    oidc.person = { sub: 'p-4', email: 'fourth@example.com', email_verified: true, name: 'Fourth' };
    for (const iss of [null, 'https://evil.example']) {
      const browser = new OAuthBrowser(api);
      const callback = await browser.toCallback(await browser.begin('oidc'));
      expect(callback.searchParams.get('iss')).toBe(oidc.issuer);
      if (iss === null) callback.searchParams.delete('iss');
      else callback.searchParams.set('iss', iss);
      expect((await browser.land(callback)).error).toBe('issuer_mismatch');
      expect(await browser.me()).toBeUndefined();
    }
  });
});

describe('an issuer that is not right', () => {
  let issuer: IssuerDouble;
  let api: TestApi;

  beforeAll(async () => {
    issuer = await startIssuerDouble(googlePerson('issuer@example.com'));
    // It is down while api starts.
    issuer.faults.set(DISCOVERY, (_request, response) => void response.destroy());
    api = await startApi(issuer);
    return async () => {
      await api.stop();
      await issuer.stop();
    };
  });
  const DISCOVERY = '/.well-known/openid-configuration';
  const begin = () =>
    api.ask('POST', '/api/auth/sign-in/social', {
      headers: { origin: PAGE_ORIGIN },
      body: { provider: 'oidc', callbackURL: '/' },
    });

  it('does not stop the start, and is asked again at the next sign-in', async () => {
    expect((await api.ask('GET', '/api/registration')).body.providers).toEqual([
      { id: 'oidc', name: 'Single sign-on' },
    ]);
    const refused = await begin();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'service_unavailable']);
    expect(refused.body.error.message).toMatch(/^Single sign-on cannot be reached .* Try again/);
    expect(JSON.stringify(refused.body)).not.toContain(issuer.issuer);
    issuer.faults.clear();
    issuer.asked.length = 0;
    const browsers = [new OAuthBrowser(api), new OAuthBrowser(api)];
    await Promise.all(browsers.map((browser) => browser.begin('oidc')));
    expect((await new OAuthBrowser(api).signIn('oidc')).error).toBeNull();
    // Kept from then on.
    expect(issuer.asked.filter((path) => path === DISCOVERY)).toHaveLength(1);
  });

  it.each([
    ['names another issuer', { issuer: 'https://evil.example' }],
    ['has an endpoint over http elsewhere', { token_endpoint: 'http://tokens.example/token' }],
    ['has no keys', { jwks_uri: undefined }],
    ['sends browsers to a script', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('is not used when its document %s', async (_what, changes) => {
    const lying = await startIssuerDouble(googlePerson('lying@example.com'));
    const honest = await (await fetch(`${lying.issuer}${DISCOVERY}`)).json();
    lying.faults.set(DISCOVERY, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...honest, ...changes }));
    });
    const other = await startApi(lying);
    try {
      const refused = await other.ask('POST', '/api/auth/sign-in/social', {
        headers: { origin: PAGE_ORIGIN },
        body: { provider: 'oidc', callbackURL: '/' },
      });
      expect([refused.status, refused.body.error.code]).toEqual([503, 'service_unavailable']);
    } finally {
      await other.stop();
      await lying.stop();
    }
  });

  it.each([
    ['are not there', 'provider_unreachable', (response: ServerResponse) => void response.destroy()],
    ['are no keys', 'provider_response_invalid', (response: ServerResponse) => void response.end('{}')],
  ])('does not sign in while its keys %s', async (_what, expected, answer) => {
    const keyless = await startIssuerDouble(googlePerson('keyless@example.com'));
    keyless.faults.set('/oauth2/v3/certs', (_request, response) => answer(response));
    const other = await startApi(keyless);
    try {
      expect((await new OAuthBrowser(other).signIn('oidc')).error).toBe(expected);
      keyless.faults.clear();
      expect((await new OAuthBrowser(other).signIn('oidc')).error).toBeNull();
    } finally {
      await other.stop();
      await keyless.stop();
    }
  });
});
