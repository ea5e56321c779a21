import { z } from 'zod';
import type { OAuthClient } from '../../config.ts';
import { ProviderFailure } from './callback-flow.ts';
import type { SignInProvider } from './provider.ts';
import { askProvider, askProviderJson } from './provider-http.ts';
import { authorizationUrl, exchangeCode } from './token-request.ts';

const PUBLIC_GITHUB = 'https://github.com';
const PUBLIC_API = 'https://api.github.com';
const NOT_FOUND = 404;

/** GitHub’s scope that reads and writes private repositories. Asked for only where the person asks for it. */
export const REPOSITORIES_SCOPE = 'repo';

const text = z.string().max(2048);
const profile = z.object({
  id: z.number().int().positive(),
  login: text.min(1),
  name: text.nullish(),
  avatar_url: text.nullish(),
});
const emails = z.array(z.object({ email: text, primary: z.boolean(), verified: z.boolean() })).max(1000);

export interface GithubOptions extends OAuthClient {
  /** `https://github.com`, or a GitHub Enterprise Server. */
  baseUrl: string;
}

/** GitHub has no id_token: who somebody is stands in its API, asked with the token that it has just given us. */
export function createGithub({ baseUrl, ...client }: GithubOptions): SignInProvider {
  const apiUrl = apiOf(baseUrl);
  return {
    id: 'github',
    name: 'GitHub',
    async authorize(request) {
      const scopes = ['read:user', 'user:email', ...(request.scopes ?? [])];
      const { clientId } = client;
      return authorizationUrl(`${baseUrl}/login/oauth/authorize`, { ...request, clientId, scopes });
    },
    exchange: (request) =>
      exchangeCode({
        ...request,
        client,
        tokenEndpoint: `${baseUrl}/login/oauth/access_token`,
        clientAuthentication: 'post',
      }),
    repositoryToken: ({ access_token: token, scope = '' }) =>
      scope.split(/[\s,]+/).includes(REPOSITORIES_SCOPE) ? token : undefined,
    async identify(tokens) {
      const headers = {
        authorization: `Bearer ${tokens.access_token}`,
        accept: 'application/vnd.github+json',
      };
      const [person, addresses] = await Promise.all([
        askProviderJson(`${apiUrl}/user`, { headers }, profile),
        askProviderJson(`${apiUrl}/user/emails`, { headers }, emails),
      ]);
      // The public address of a profile is what its owner likes to show, and need not be verified.
      const primary = addresses.find((one) => one.primary);
      if (primary === undefined)
        throw new ProviderFailure('provider_response_invalid', 'GitHub names no primary email address.');
      return {
        subject: String(person.id),
        email: primary.email,
        isEmailVerified: primary.verified,
        name: person.name || person.login,
        image: person.avatar_url ?? undefined,
      };
    },
  };
}

/**
 * Ends what a person allowed this client, of which `token` is a part: all of its tokens, and GitHub asks again at the next sign-in.
 *
 * @throws ProviderFailure
 */
export async function revokeGrant({ baseUrl, ...client }: GithubOptions, token: string): Promise<void> {
  const url = `${apiOf(baseUrl)}/applications/${encodeURIComponent(client.clientId)}/grant`;
  const credentials = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
  const { status } = await askProvider(url, {
    method: 'DELETE',
    headers: {
      authorization: `Basic ${credentials}`,
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ access_token: token }),
  });
  // The person may have ended it at GitHub before: then it knows no such token.
  if (status < 300 || status === NOT_FOUND) return;
  throw new ProviderFailure('provider_refused', `${url} responded with status ${status}.`);
}

function apiOf(baseUrl: string): string {
  return baseUrl === PUBLIC_GITHUB ? PUBLIC_API : `${baseUrl}/api/v3`;
}
