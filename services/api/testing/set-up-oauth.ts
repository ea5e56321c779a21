import { afterEach, beforeAll } from 'vitest';
import { type GithubDouble, startGithubDouble } from '../../../tests/doubles/oauth/github-double.ts';
import { type GoogleDouble, startGoogleDouble } from '../../../tests/doubles/oauth/google-double.ts';
import { connectDatabase } from '../src/database/connect.ts';
import { OAuthBrowser } from './oauth-browser.ts';
import { silentLogger } from './postgres.ts';
import { setUpPostgres } from './set-up.ts';
import { PASSWORD, TestApi } from './test-api.ts';

/** An api with GitHub and Google doubles behind it, for the tests of one file. */
export interface OAuthSetUp {
  api: TestApi;
  github: GithubDouble;
  google: GoogleDouble;
  databaseUrl: string;
}

let people = 0;

/** Somebody at GitHub whom nobody has seen yet. */
export function githubPerson(email: string, more: { verified?: boolean } = {}): GithubDouble['person'] {
  people += 1;
  const { verified = true } = more;
  return {
    id: 1000 + people,
    login: `octo-${people}`,
    name: 'Octo Cat',
    email: null,
    emails: [
      { email: `old-${people}@example.net`, primary: false, verified: true, visibility: null },
      { email, primary: true, verified, visibility: 'private' },
    ],
  };
}

export function googlePerson(
  email: string,
  more: Partial<GoogleDouble['person']> = {},
): GoogleDouble['person'] {
  people += 1;
  return { sub: `1100${people}`, email, email_verified: true, name: 'Goo Gle', ...more };
}

export function setUpOAuth(variables: Record<string, string> = {}): () => OAuthSetUp {
  const postgres = setUpPostgres();
  let parts: OAuthSetUp | undefined;
  beforeAll(async () => {
    const github = await startGithubDouble(githubPerson('first@example.com'));
    const google = await startGoogleDouble(googlePerson('first@example.com'));
    const databaseUrl = await postgres().createDatabase();
    const api = await TestApi.start({
      databaseUrl,
      variables: {
        GITHUB_URL: github.baseUrl,
        GITHUB_CLIENT_ID: github.clientId,
        GITHUB_CLIENT_SECRET: github.clientSecret,
        ...variables,
      },
      config: {
        google: { issuer: google.issuer, clientId: google.clientId, clientSecret: google.clientSecret },
      },
    });
    parts = { api, github, google, databaseUrl };
    return async () => {
      await api.stop();
      await github.stop();
      await google.stop();
    };
  });
  afterEach(async () => {
    if (parts === undefined) return;
    parts.google.forge = undefined;
    parts.google.responseParameters = {};
    parts.google.faults.clear();
    parts.github.faults.clear();
    await using database = connectDatabase({ url: parts.databaseUrl, logger: silentLogger });
    // Every test may fail to sign in as often as it likes.
    await database.db.deleteFrom('sign_in_attempt').execute();
  });
  return () => {
    if (parts === undefined) throw new Error('the doubles are started by beforeAll');
    return parts;
  };
}

/** Signed in by password in a browser of their own. */
export async function signedInBrowser(api: TestApi, email: string): Promise<OAuthBrowser> {
  const browser = new OAuthBrowser(api);
  await browser.post('/api/auth/sign-up/email', { email, password: PASSWORD, name: 'By password' });
  const answer = await browser.post('/api/auth/sign-in/email', { email, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`sign-in failed: ${JSON.stringify(answer.body)}`);
  return browser;
}

/** As if a mail had been answered. */
export async function verifyEmail({ databaseUrl }: OAuthSetUp, email: string): Promise<void> {
  await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
  await database.db.updateTable('user').set({ email_verified: true }).where('email', '=', email).execute();
}
