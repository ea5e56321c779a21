import { type SignInErrorCode, signInErrorCode } from '@podex/contracts/sign-in-errors';

const TRY_AGAIN = 'Try again.';

/** Cause and cure of each failure of a sign-in with a provider. */
const SENTENCES: Readonly<Record<SignInErrorCode, string>> = {
  access_denied: 'You cancelled at the provider. To sign in with it, allow Podex there.',
  account_already_linked_to_different_user:
    'That account belongs to another Podex account. Unlink it there first, or choose another one.',
  account_not_linked:
    'There is an account with this email address already. Sign in to it first, then link the provider under Account.',
  email_not_found: "The provider didn't share your email address. Allow it there, then try again.",
  email_not_verified: "Your email address isn't verified. Verify it at the provider, then try again.",
  invalid_code: `The sign-in took too long, or was used already. ${TRY_AGAIN}`,
  invitation_not_valid:
    "This invitation can't be used with that account. Use the email address it was sent to, or ask an admin for a new one.",
  issuer_mismatch: "The response didn't come from the expected provider. Ask an admin to check its settings.",
  link_session_changed: "You aren't signed in as the person who started this. Sign in and link again.",
  login_required: `The provider needs you to sign in there first. ${TRY_AGAIN}`,
  no_code: `The provider's response was incomplete. ${TRY_AGAIN}`,
  oauth_provider_not_found: "This provider isn't set up here. Sign in another way.",
  provider_refused: 'The provider refused Podex. Ask an admin to check the client ID and secret.',
  provider_response_invalid:
    "The provider sent a response that can't be trusted. Try again. If it happens again, tell an admin.",
  provider_unreachable: "Can't reach the provider. Try again in a minute, or sign in another way.",
  sign_in_failed: "Couldn't sign you in. Try again, or sign in another way.",
  sign_up_not_allowed: 'You have no account here yet. Ask an admin for an invitation.',
  state_mismatch: 'The sign-in started in another browser or tab, or took too long. Start again here.',
  state_not_found: 'The sign-in was incomplete. Start again here.',
  temporarily_unavailable: 'The provider is busy. Try again in a minute.',
  unable_to_link_account:
    "Can't link this account: its email address isn't verified at the provider. Verify it there, then try again.",
};

/** What to say for `?error=` of an address; anybody may write what they like there, so none of it is shown. */
export function signInErrorSentence(code: string): string {
  return SENTENCES[signInErrorCode.safeParse(code).data ?? 'sign_in_failed'];
}
