import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Forge, sign } from '../../../../tests/doubles/oauth/google-double.ts';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { githubPerson, googlePerson, setUpOAuth } from '../../testing/set-up-oauth.ts';

const oauth = setUpOAuth();

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe('an id_token', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const signInWith = async (forge: Forge) => {
    const { api, google } = oauth();
    google.person = googlePerson(`forged-${Math.random()}@example.com`);
    google.forge = forge;
    const browser = new OAuthBrowser(api);
    const { error } = await browser.signIn('google');
    if (error !== null) expect(await browser.me()).toBeUndefined();
    return error;
  };
  const changed =
    (changes: object): Forge =>
    (claims, { good }) =>
      sign({ ...claims, ...changes }, good);

  it('is believed when it is good', async () => {
    expect(await signInWith(changed({}))).toBeNull();
    const { google } = oauth();
    expect(await signInWith(changed({ aud: [google.clientId, 'another'] }))).toBeNull();
  });

  it.each<[string, Forge]>([
    ['of another issuer', changed({ iss: 'https://accounts.google.com' })],
    ['for another client', changed({ aud: 'another' })],
    ['for several clients, given to another', changed({ azp: 'another' })],
    ['of another sign-in', changed({ nonce: 'n'.repeat(32) })],
    ['without a nonce', changed({ nonce: undefined })],
    ['without a subject', changed({ sub: undefined })],
    ['that has expired', changed({ exp: now() - 120 })],
    ['without an end', changed({ exp: undefined })],
    ['that is old', changed({ iat: now() - 3600 })],
    ['of the future', changed({ iat: now() + 3600, nbf: now() + 3600 })],
    ['signed with another key', (claims, { other }) => sign(claims, other)],
    ['with an unknown key id', (claims, { good }) => sign(claims, good, { alg: 'RS256', kid: 'x' })],
    ['with alg none', (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`],
    [
      'signed with the client secret',
      (claims) => {
        const signed = `${encode({ alg: 'HS256', kid: 'key-1' })}.${encode(claims)}`;
        const hmac = createHmac('sha256', oauth().google.clientSecret);
        return `${signed}.${hmac.update(signed).digest('base64url')}`;
      },
    ],
    [
      'changed after it was signed',
      (claims, { good }) => {
        const [header, , signature] = sign(claims, good).split('.');
        return `${header}.${encode({ ...claims, sub: 'somebody' })}.${signature}`;
      },
    ],
    ['that is no token', () => 'nonsense'],
  ])('is refused: one %s', async (_what, forge) => {
    expect(await signInWith(forge)).toBe('provider_response_invalid');
  });

  it('is needed', async () => {
    const { api, google } = oauth();
    google.faults.set('/token', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: 'x', token_type: 'Bearer' }));
    });
    expect((await new OAuthBrowser(api).signIn('google')).error).toBe('provider_response_invalid');
  });
});

describe('a provider that does not work', () => {
  const HUGE = JSON.stringify({ access_token: 'x'.repeat(1024 * 1024) });
  it.each([
    ['github', '/login/oauth/access_token'],
    ['github', '/user'],
    ['github', '/user/emails'],
    ['google', '/token'],
  ] as const)('%s at %s: leads back to the page', async (provider, path) => {
    const { api, github, google } = oauth();
    github.person = githubPerson('faulty@example.com');
    const { faults } = provider === 'github' ? github : google;
    const answers: [number, string, string][] = [
      [500, 'oh no', 'provider_unreachable'],
      [200, '<html>', 'provider_response_invalid'],
      [200, '{"id":', 'provider_response_invalid'],
      [200, 'null', 'provider_response_invalid'],
      [200, HUGE, 'provider_response_invalid'],
      [302, '', 'provider_response_invalid'],
    ];
    for (const [status, body, expected] of answers) {
      faults.set(path, (_request, response) => {
        response.writeHead(status, { location: 'http://127.0.0.1:9/elsewhere' }).end(body);
      });
      expect([status, body.slice(0, 9), (await new OAuthBrowser(api).signIn(provider)).error]).toEqual([
        status,
        body.slice(0, 9),
        expected,
      ]);
    }
    faults.set(path, (_request, response) => void response.destroy());
    expect((await new OAuthBrowser(api).signIn(provider)).error).toBe('provider_unreachable');
  });

  it('is waited for a bounded time', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('slow@example.com');
    github.faults.set('/user', (_request, response) => void response.writeHead(200).write('{'));
    const started = Date.now();
    expect((await new OAuthBrowser(api).signIn('github')).error).toBe('provider_unreachable');
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  it('is not read without end', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('endless@example.com');
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let sent = 0;
    github.faults.set('/user', (_request, response) => {
      const write = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.writeHead(200).on('drain', write);
      write();
    });
    expect((await new OAuthBrowser(api).signIn('github')).error).toBe('provider_response_invalid');
    // What the sockets between hold comes on top of what is read.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('refuses our client in words for the operator, and a code for the page', async () => {
    const { api, google } = oauth();
    google.faults.set('/token', (_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}');
    });
    expect((await new OAuthBrowser(api).signIn('google')).error).toBe('provider_refused');
  });
});
