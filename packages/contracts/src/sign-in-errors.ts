import { z } from 'zod';

/** Why a sign-in with a provider failed: `/sign-in?error=<code>`. better-auth and OAuth name some of them. */
export const signInErrorCode = z.enum([
  'access_denied',
  'account_already_linked_to_different_user',
  'account_not_linked',
  'email_not_found',
  'email_not_verified',
  'invalid_code',
  'invitation_not_valid',
  'issuer_mismatch',
  'link_session_changed',
  'login_required',
  'no_code',
  'oauth_provider_not_found',
  'provider_refused',
  'provider_response_invalid',
  'provider_unreachable',
  'sign_in_failed',
  'sign_up_not_allowed',
  'state_mismatch',
  'state_not_found',
  'temporarily_unavailable',
  'unable_to_link_account',
]);
export type SignInErrorCode = z.infer<typeof signInErrorCode>;
