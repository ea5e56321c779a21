import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { isSafeProviderUrl } from '../../network/hosts.ts';
import { ProviderFailure } from './callback-flow.ts';
import { askProvider, askProviderJson } from './provider-http.ts';

/** Endpoints of a provider hardly ever change. */
const KEEP_MS = 60 * 60 * 1000;
const URL_MAX = 2048;

const names = z.array(z.string().max(200)).max(200);
const endpoint = z.string().max(URL_MAX).refine(isSafeProviderUrl);
const discoveryDocument = z.object({
  issuer: z.string().max(URL_MAX),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: endpoint.optional(),
  token_endpoint_auth_methods_supported: names.optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/** What an issuer says of itself, and the keys that it signs with. */
export interface Discovered extends z.infer<typeof discoveryDocument> {
  keys: JWTVerifyGetKey;
}

/**
 * Reads an issuer’s discovery document when it is first needed, so that an issuer that is down stops nobody else; a failure is not
 * kept.
 */
export class Discovery {
  readonly #issuer: string;
  #found: { value: Promise<Discovered>; until: number } | undefined;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** @throws ProviderFailure */
  read(): Promise<Discovered> {
    if (this.#found !== undefined && this.#found.until > Date.now()) return this.#found.value;
    const found = { value: discover(this.#issuer), until: Date.now() + KEEP_MS };
    this.#found = found;
    found.value.catch(() => {
      if (this.#found === found) this.#found = undefined;
    });
    return found.value;
  }
}

async function discover(issuer: string): Promise<Discovered> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await askProviderJson(url, {}, discoveryDocument);
  if (document.issuer !== issuer) {
    const message = `${url} is of the issuer ${document.issuer}, not ${issuer}. Is OIDC_ISSUER written as the provider writes it?`;
    throw new ProviderFailure('issuer_mismatch', message);
  }
  const keys = createRemoteJWKSet(new URL(document.jwks_uri), {
    [customFetch]: async (address) => {
      const { status, text } = await askProvider(address);
      return new Response(text, { status, headers: { 'content-type': 'application/json' } });
    },
  });
  return { ...document, keys };
}
