import type { Logger } from '@podex/service-kit/logger';
import type { AuthContext } from 'better-auth';
import { APIError, getOAuthState } from 'better-auth/api';
import { z } from 'zod';
import { callbackFlow, ProviderFailure } from './callback-flow.ts';
import type { TokenResponse } from './token-request.ts';

type BetterAuthProvider = AuthContext['socialProviders'][number];

/** Who somebody is, as the provider vouches for it. */
export interface ProviderIdentity {
  /** Stable at this provider; an email address is not. */
  subject: string;
  email: string | undefined;
  isEmailVerified: boolean;
  name: string;
  image: string | undefined;
}

/** A provider of sign-in. Its methods throw `ProviderFailure`. */
export interface SignInProvider {
  id: string;
  name: string;
  /** Absent: the provider sends no id_token. */
  issuer?: string;
  authorize(request: {
    state: string;
    codeVerifier: string;
    redirectUri: string;
    nonce: string | undefined;
    /** Beside those of signing in. */
    scopes: readonly string[] | undefined;
  }): Promise<URL>;
  exchange(request: {
    code: string;
    redirectUri: string;
    codeVerifier: string | undefined;
  }): Promise<TokenResponse>;
  identify(tokens: TokenResponse, nonce: string | undefined): Promise<ProviderIdentity>;
  /** By which git reaches private repositories, where that was allowed. Absent: the provider has none. */
  repositoryToken?(tokens: TokenResponse): string | undefined;
}

const identitySchema = z.object({ subject: z.string() });
/** Lets better-auth read the tokens of the same callback back. */
const heldTokens = z.object({ held: z.custom<TokenResponse>() });

/**
 * A provider as better-auth takes it. What goes wrong is written down in the callback’s flow, because better-auth would call it
 * `invalid_code` whatever it is; no token is handed on to be stored with the account. Only a token that the person allowed for their
 * private repositories is left in the flow, to be kept as their secrets are.
 */
export function toBetterAuthProvider(provider: SignInProvider, logger: Logger): BetterAuthProvider {
  const { id, name, issuer } = provider;
  async function orNull<Value>(work: () => Promise<Value>): Promise<Value | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      logger.warn({ provider: id, err: error }, 'sign_in.provider_failed');
      const flow = callbackFlow.getStore();
      if (flow !== undefined) flow.failure = error.code;
      return null;
    }
  }
  return {
    id,
    name,
    ...(issuer === undefined ? {} : { issuer, requiresIdTokenNonce: true }),
    accountSubject: ({ profile }) => identitySchema.parse(profile).subject,
    async createAuthorizationURL({ state, codeVerifier, redirectURI, idTokenNonce, scopes }) {
      const request = { state, codeVerifier, redirectUri: redirectURI, nonce: idTokenNonce, scopes };
      const url = await orNull(() => provider.authorize(request));
      if (url !== null) return url;
      const message = `${name} cannot be reached for sign-in now. Try again in a minute, or sign in another way.`;
      throw new APIError('SERVICE_UNAVAILABLE', { code: 'PROVIDER_UNREACHABLE', message });
    },
    validateAuthorizationCode: ({ code, redirectURI, codeVerifier }) =>
      orNull(async () => {
        await requireOwnFlow(id);
        const held = await provider.exchange({ code, redirectUri: redirectURI, codeVerifier });
        return { raw: { held } };
      }),
    getUserInfo: ({ raw, expectedIdTokenNonce }) =>
      orNull(async () => {
        const { held } = heldTokens.parse(raw);
        const identity = await provider.identify(held, expectedIdTokenNonce);
        await noteRepositoryToken(provider, held);
        const { email, isEmailVerified: emailVerified, name: fullName, image } = identity;
        return { user: { email, emailVerified, name: fullName, image }, data: identity };
      }),
  };
}

/**
 * A state is good for the provider that it was made for (or a provider could be sent the code of another), and a link for the person
 * who asked for it.
 */
async function requireOwnFlow(id: string): Promise<void> {
  const state = await getOAuthState();
  if (state?.serverContext?.provider !== id)
    throw new ProviderFailure('state_mismatch', 'The state was made for another provider.');
  if (state.link !== undefined && state.link.userId !== callbackFlow.getStore()?.sessionUserId)
    throw new ProviderFailure('link_session_changed', 'The browser has another session than the link.');
}

/** Only of a link that was begun for it: a token that signs in stays unused, whatever it could do. */
async function noteRepositoryToken(provider: SignInProvider, held: TokenResponse): Promise<void> {
  const state = await getOAuthState();
  const flow = callbackFlow.getStore();
  if (flow === undefined || state?.link === undefined || state.serverContext?.repositories !== true) return;
  const token = provider.repositoryToken?.(held);
  if (token === undefined)
    throw new ProviderFailure('provider_refused', 'The provider did not allow private repositories.');
  flow.repositoryToken = token;
}
