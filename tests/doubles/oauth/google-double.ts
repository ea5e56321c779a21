import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { Codes } from './codes.ts';
import { type DoubleAnswer, sendBack, sendJson, startDoubleServer } from './json-server.ts';

export interface GooglePerson {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
}

export type Claims = Record<string, unknown>;

/** Makes the id_token of the next sign-in in place of the honest one. */
export type Forge = (claims: Claims, keys: { good: KeyObject; other: KeyObject }) => string;

export interface GoogleDouble {
  issuer: string;
  clientId: string;
  clientSecret: string;
  person: GooglePerson;
  forge: Forge | undefined;
  /** Beside the code in what goes back to the client. */
  responseParameters: Record<string, string>;
  /** Takes a path over until it is deleted. */
  faults: Map<string, DoubleAnswer>;
  asked: string[];
  stop(): Promise<void>;
}

const KEY_ID = 'key-1';

/** Google’s OpenID Connect endpoints, that can also lie. */
export async function startGoogleDouble(person: GooglePerson): Promise<GoogleDouble> {
  const { privateKey: good, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  const codes = new Codes();
  const client = { clientId: 'google-client.apps.googleusercontent.com', clientSecret: 'GOCSPX-secret' };
  const asked: string[] = [];
  const faults = new Map<string, DoubleAnswer>();

  function idToken(nonce: string | undefined): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: server.baseUrl,
      azp: client.clientId,
      aud: client.clientId,
      ...double.person,
      iat: now,
      exp: now + 3600,
      ...(nonce === undefined ? {} : { nonce }),
    };
    return double.forge?.(claims, { good, other }) ?? sign(claims, good);
  }

  const server = await startDoubleServer(async (request, response) => {
    const { pathname: path, searchParams: query } = request.url;
    asked.push(path);
    const fault = faults.get(path);
    if (fault !== undefined) return fault(request, response);
    switch (path) {
      case '/.well-known/openid-configuration':
        return sendJson(response, discoveryOf(server.baseUrl));
      case '/o/oauth2/v2/auth': {
        const code = codes.issue(query);
        const parameters = { code, state: query.get('state') ?? '', ...double.responseParameters };
        return sendBack(response, query.get('redirect_uri') ?? '', parameters);
      }
      case '/token': {
        const basic = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64');
        if (basic.toString() !== `${client.clientId}:${client.clientSecret}`)
          return sendJson(response, { error: 'invalid_client' }, 401);
        const grant = codes.redeem(request.form);
        if (grant === undefined) return sendJson(response, { error: 'invalid_grant' }, 400);
        const id_token = idToken(grant.nonce);
        return sendJson(response, {
          access_token: 'ya29.x',
          expires_in: 3599,
          id_token,
          token_type: 'Bearer',
        });
      }
      case '/oauth2/v3/certs':
        return sendJson(response, { keys: [jwk] });
      default:
        return sendJson(response, { error: 'not_found' }, 404);
    }
  });
  const double: GoogleDouble = {
    ...client,
    issuer: server.baseUrl,
    person,
    forge: undefined,
    responseParameters: {},
    faults,
    asked,
    stop: server.stop,
  };
  return double;
}

/** A JWS with RS256, or what the header says it is. */
export function sign(claims: Claims, key: KeyObject, header: object = { alg: 'RS256', kid: KEY_ID }): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${signBytes('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function discoveryOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/oauth2/v3/certs`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    code_challenge_methods_supported: ['plain', 'S256'],
  };
}
