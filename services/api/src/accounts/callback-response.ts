import type { CallbackFlow } from './providers/callback-flow.ts';

/** Of better-auth and of providers (RFC 6749 § 4.1.2.1). Whatever else a provider sends is not for the page. */
const PASSED_ON = new Set([
  'access_denied',
  'account_already_linked_to_different_user',
  'account_not_linked',
  'email_not_found',
  'email_not_verified',
  'invitation_not_valid',
  'issuer_mismatch',
  'login_required',
  'no_code',
  'oauth_provider_not_found',
  'sign_up_not_allowed',
  'state_mismatch',
  'state_not_found',
  'temporarily_unavailable',
  'unable_to_link_account',
]);
/** Better-auth’s name for the state of a provider that knows no nonce. */
const ALIASES: Readonly<Record<string, string>> = { nonce_binding_missing: 'state_mismatch' };
const GENERAL = 'sign_in_failed';

/**
 * What a provider’s callback answers a browser with: always a page. A failure leads to the page that began, with one of a few codes
 * and nothing that the provider wrote.
 */
export function toPageOfCallback(response: Response, flow: CallbackFlow, signInPage: string): Response {
  const location = response.headers.get('location');
  if (response.status >= 400 || location === null) return redirect(response, withError(signInPage, GENERAL));
  const url = URL.parse(location);
  const error = url?.searchParams.get('error') ?? null;
  if (url === null || error === null) return response;
  return redirect(response, withError(location, flow.failure ?? codeOf(error)));
}

function codeOf(error: string): string {
  const code = error.toLowerCase();
  return PASSED_ON.has(code) ? code : (ALIASES[code] ?? GENERAL);
}

function withError(page: string, code: string): string {
  const url = new URL(page);
  url.searchParams.delete('error_description');
  url.searchParams.set('error', code);
  return url.href;
}

function redirect(given: Response, location: string): Response {
  const headers = new Headers(given.headers);
  headers.delete('content-length');
  headers.delete('content-type');
  headers.set('location', location);
  return new Response(null, { status: 302, headers });
}
