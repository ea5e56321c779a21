import { PodexError } from '@podex/contracts/errors';
import type { OriginPolicy } from './origins.ts';

export interface SessionRequest {
  method: string;
  headers: Headers;
}

const SESSION_COOKIE = /(?:^|;)\s*(?:__Secure-)?podex\.session_token=/;

/** An `Authorization` header decides alone, whatever cookies come with it. */
export function usesSession(headers: Headers): boolean {
  return !headers.has('authorization') && SESSION_COOKIE.test(headers.get('cookie') ?? '');
}

/**
 * Cookies come along with requests that foreign pages make, and with those of any document on api’s own origin, such as a file of a
 * workspace. Only `Origin`, which pages cannot forge, tells our page apart; and where page and api have one origin, so that browsers
 * leave `Origin` out of a GET, `Sec-Fetch-Site`.
 *
 * @throws PodexError origin_not_allowed.
 */
export function requireOwnPage({ method, headers }: SessionRequest, origins: OriginPolicy): void {
  const origin = headers.get('origin');
  if (origin !== null && origins.isAllowed(origin)) return;
  const isReading = (method === 'GET' || method === 'HEAD') && !headers.has('upgrade');
  if (origin === null && isReading && (isOfOneOrigin(headers, origins) || isOfDocumentation(headers))) return;
  throw new PodexError(
    'origin_not_allowed',
    origin === null
      ? 'A request with a session cookie must come from the page: its browser says so by Origin or Sec-Fetch-Site. Use a newer browser; programs send a bearer token instead.'
      : `Pages of ${origin} may not use a session here. Is FRONTEND_URL set to the address of the page?`,
    origin === null ? {} : { origin },
  );
}

/**
 * A script of our own page asks api by the page’s own name. A browser alone sets `Sec-Fetch-Site`, to `same-origin` for no document but
 * those of the origin that is asked; a link or a form that leads the browser away shows no session, here as on an origin of api’s own.
 */
function isOfOneOrigin(headers: Headers, origins: OriginPolicy): boolean {
  return (
    headers.get('sec-fetch-site') === 'same-origin' &&
    headers.get('sec-fetch-mode') !== 'navigate' &&
    origins.isPageHost(headers.get('host') ?? '')
  );
}

/** Browsers send no `Origin` with a GET to the page’s own origin; the page that asks is then only in `Referer`. */
function isOfDocumentation(headers: Headers): boolean {
  const referer = URL.parse(headers.get('referer') ?? '');
  if (referer === null || headers.get('sec-fetch-site') !== 'same-origin') return false;
  return referer.host === headers.get('host') && referer.pathname === '/api/docs';
}

/** Where a mail or a provider of sign-in leads a browser: a navigation, which carries no `Origin` and shows no session. */
const NAVIGATIONS =
  /^\/api\/auth\/(callback\/[^/]+|oauth2\/callback\/[^/]+|verify-email|reset-password\/[^/]+|error)$/;

/**
 * The same rule for better-auth’s own routes, whose GETs answer with the session.
 *
 * @throws PodexError origin_not_allowed.
 */
export function requireOwnPageAtSignIn(
  request: SessionRequest & { path: string },
  origins: OriginPolicy,
): void {
  const isNavigation = request.method === 'GET' && NAVIGATIONS.test(request.path);
  if (!isNavigation && SESSION_COOKIE.test(request.headers.get('cookie') ?? ''))
    requireOwnPage(request, origins);
}
