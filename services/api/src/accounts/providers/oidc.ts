import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { OAuthClient } from '../../config.ts';
import { callbackFlow, ProviderFailure } from './callback-flow.ts';
import { type Discovered, Discovery } from './discovery.ts';
import type { ProviderIdentity, SignInProvider } from './provider.ts';
import { askProviderJson } from './provider-http.ts';
import { authorizationUrl, exchangeCode } from './token-request.ts';

/** Signatures that only the issuer can make: neither `none`, nor what the client secret signs. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 30;
/** It was made for the code that was exchanged a moment ago. */
const MAX_AGE = '10m';

const text = z.string().max(2048);
const claims = z.object({
  sub: text.min(1),
  email: text.optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
  name: text.optional(),
  preferred_username: text.optional(),
  picture: text.optional(),
});

export interface OidcOptions extends OAuthClient {
  id: string;
  name: string;
  issuer: string;
}

/** Any OpenID Connect provider: the code flow with PKCE, state and nonce, and an id_token that is verified in full. */
export function createOidc({ id, name, issuer, ...client }: OidcOptions): SignInProvider {
  const discovery = new Discovery(issuer);
  const { clientId } = client;
  return {
    id,
    name,
    issuer,
    async authorize(request) {
      const { authorization_endpoint: endpoint } = await discovery.read();
      return authorizationUrl(endpoint, { ...request, clientId, scopes: ['openid', 'profile', 'email'] });
    },
    async exchange(request) {
      const found = await discovery.read();
      requireIssuerOfResponse(found);
      return exchangeCode({
        ...request,
        client,
        tokenEndpoint: found.token_endpoint,
        clientAuthentication: authenticationOf(found),
      });
    },
    async identify(tokens, nonce) {
      const found = await discovery.read();
      const payload = await verifyIdToken(tokens.id_token, { found, clientId, nonce });
      const given = parseClaims(payload);
      if (given.email !== undefined || found.userinfo_endpoint === undefined) return identityOf(given);
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const info = await askProviderJson(found.userinfo_endpoint, { headers }, claims);
      if (info.sub !== given.sub)
        throw new ProviderFailure('provider_response_invalid', 'The userinfo is about somebody else.');
      return identityOf({ ...info, ...given });
    },
  };
}

/** RFC 9207: a provider that names itself in every response does so in this one. better-auth looks at a wrong name. */
function requireIssuerOfResponse(found: Discovered): void {
  if (found.authorization_response_iss_parameter_supported !== true) return;
  if (callbackFlow.getStore()?.issuer !== found.issuer)
    throw new ProviderFailure('issuer_mismatch', 'The response does not name its issuer.');
}

function authenticationOf({ token_endpoint_auth_methods_supported: methods }: Discovered): 'basic' | 'post' {
  if (methods === undefined || methods.includes('client_secret_basic')) return 'basic';
  return methods.includes('client_secret_post') ? 'post' : 'basic';
}

interface Expected {
  found: Discovered;
  clientId: string;
  nonce: string | undefined;
}

async function verifyIdToken(idToken: string | undefined, expected: Expected): Promise<JWTPayload> {
  const { found, clientId, nonce } = expected;
  if (idToken === undefined) throw invalid('The token response has no id_token.');
  if (nonce === undefined) throw invalid('The state has no nonce.');
  const { payload } = await jwtVerify(idToken, found.keys, {
    issuer: found.issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    maxTokenAge: MAX_AGE,
  }).catch((cause: unknown) => {
    if (cause instanceof errors.JOSEError) throw invalid(`The id_token is not good: ${cause.message}`);
    throw cause;
  });
  if (payload.nonce !== nonce) throw invalid('The id_token was made for another sign-in.');
  const isForSeveral = Array.isArray(payload.aud) && payload.aud.length > 1;
  if ((isForSeveral || payload.azp !== undefined) && payload.azp !== clientId)
    throw invalid('The id_token was made for another client.');
  return payload;
}

function parseClaims(payload: JWTPayload): z.infer<typeof claims> {
  const parsed = claims.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw invalid(`The id_token has claims that cannot be read: ${parsed.error.message}`);
}

function identityOf(given: z.infer<typeof claims>): ProviderIdentity {
  return {
    subject: given.sub,
    email: given.email,
    // Some send the word.
    isEmailVerified: given.email_verified === true || given.email_verified === 'true',
    name: given.name || given.preferred_username || given.email || '',
    image: given.picture,
  };
}

function invalid(message: string): ProviderFailure {
  return new ProviderFailure('provider_response_invalid', message);
}
