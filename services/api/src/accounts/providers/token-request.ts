import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { OAuthClient } from '../../config.ts';
import { ProviderFailure } from './callback-flow.ts';
import { askProvider, parseProviderJson } from './provider-http.ts';

const TOKEN_MAX = 64 * 1024;

export const tokenResponse = z.object({
  access_token: z.string().min(1).max(TOKEN_MAX),
  id_token: z.string().max(TOKEN_MAX).optional(),
  /** What was allowed: GitHub writes commas between. */
  scope: z.string().max(TOKEN_MAX).optional(),
});
export type TokenResponse = z.infer<typeof tokenResponse>;

/** GitHub sends errors with status 200. */
const errorResponse = z.object({ error: z.string().max(1000) });

/** Errors that say the code was used, is too old, or is another’s. */
const CODE_ERRORS = new Set(['invalid_grant', 'bad_verification_code']);

export interface CodeExchange {
  tokenEndpoint: string;
  client: OAuthClient;
  /** How the client proves who it is. */
  clientAuthentication: 'basic' | 'post';
  code: string;
  redirectUri: string;
  codeVerifier: string | undefined;
}

/** @throws ProviderFailure invalid_code, provider_refused, provider_unreachable, provider_response_invalid. */
export async function exchangeCode(exchange: CodeExchange): Promise<TokenResponse> {
  const { tokenEndpoint, client, clientAuthentication, code, redirectUri, codeVerifier } = exchange;
  if (codeVerifier === undefined)
    throw new ProviderFailure('state_mismatch', 'The state has no PKCE verifier.');
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
  });
  const headers: Record<string, string> = {};
  if (clientAuthentication === 'basic') headers.authorization = basicOf(client);
  else {
    body.set('client_id', client.clientId);
    body.set('client_secret', client.clientSecret);
  }
  const { status, text } = await askProvider(tokenEndpoint, { method: 'POST', headers, body });
  const refused = errorResponse.safeParse(parseProviderJson(tokenEndpoint, text, z.unknown()));
  if (refused.success || status >= 400) {
    const error = refused.data?.error ?? `status ${status}`;
    const failure = CODE_ERRORS.has(error) ? 'invalid_code' : 'provider_refused';
    throw new ProviderFailure(failure, `${tokenEndpoint} refused the code: ${error}`);
  }
  return parseProviderJson(tokenEndpoint, text, tokenResponse);
}

/** RFC 6749 § 2.3.1 encodes both parts as a form before it joins them. */
function basicOf({ clientId, clientSecret }: OAuthClient): string {
  const encode = (value: string) => new URLSearchParams({ value }).toString().slice('value='.length);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
}

export interface AuthorizationRequest {
  clientId: string;
  scopes: readonly string[];
  state: string;
  redirectUri: string;
  codeVerifier: string;
  nonce?: string | undefined;
}

/** Where the browser goes to sign in: the code flow with PKCE (S256). */
export function authorizationUrl(endpoint: string, request: AuthorizationRequest): URL {
  const url = new URL(endpoint);
  const challenge = createHash('sha256').update(request.codeVerifier).digest('base64url');
  const parameters = {
    response_type: 'code',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(' '),
    state: request.state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}
