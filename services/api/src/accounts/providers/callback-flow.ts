import { AsyncLocalStorage } from 'node:async_hooks';
import type { SignInErrorCode } from '@podex/contracts/sign-in-errors';

/** One request at `/api/auth/callback/…`, while better-auth handles it. */
export interface CallbackFlow {
  /** Who the provider says it is (RFC 9207). */
  issuer: string | undefined;
  /** Whose session the browser has. */
  sessionUserId?: string | undefined;
  sessionEmail?: string | undefined;
  /** What the person allowed beside signing in, to be kept once the link stands. */
  repositoryToken?: string | undefined;
  /** Why the sign-in failed: better-auth has one code for most causes. */
  failure?: ProviderFailureCode;
}

/** What our side finds, beside what better-auth does. */
export type ProviderFailureCode = Extract<
  SignInErrorCode,
  | 'provider_unreachable'
  | 'provider_response_invalid'
  | 'provider_refused'
  | 'invalid_code'
  | 'issuer_mismatch'
  | 'state_mismatch'
  | 'link_session_changed'
>;

export const callbackFlow = new AsyncLocalStorage<CallbackFlow>();

/** The provider did not do its part. `message` is for the log. */
export class ProviderFailure extends Error {
  readonly code: ProviderFailureCode;

  constructor(code: ProviderFailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ProviderFailure';
    this.code = code;
  }
}
