import { type SignInErrorCode, signInErrorCode } from '@podex/contracts/sign-in-errors';
import type { CallbackFlow } from './providers/callback-flow.ts';

/** Better-auth’s name for the state of a provider that knows no nonce. */
const ALIASES: Readonly<Record<string, SignInErrorCode>> = { nonce_binding_missing: 'state_mismatch' };
const GENERAL: SignInErrorCode = 'sign_in_failed';

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

/** Whatever else a provider sends is not for the page. */
function codeOf(error: string): SignInErrorCode {
  const code = error.toLowerCase();
  return ALIASES[code] ?? signInErrorCode.safeParse(code).data ?? GENERAL;
}

function withError(page: string, code: SignInErrorCode): string {
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
