import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import { type AuthEndpoint, matchEndpoint, UNPRINTABLE, URL_MAX } from './auth-endpoints.ts';
import { withOneSession } from './session-cookie.ts';

/** The only header that better-auth reads the client’s address from; what a client sends under this name is dropped. */
export const ADDRESS_HEADER = 'x-podex-client-address';

const BODY_BYTES_MAX = 16 * 1024;
const USER_AGENT_MAX = 512;
const BASE_PATH = '/api/auth';
const REDIRECTS = ['callbackURL', 'redirectTo', 'errorCallbackURL', 'newUserCallbackURL'];
/** Who speaks for whom is decided before better-auth, which must not decide it again from what anybody can send. */
const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  ADDRESS_HEADER,
];

export interface AuthRequestOptions {
  /** The first is where relative redirects lead. */
  allowedOrigins: readonly string[];
  /** The page is served over https, so api is too, whatever the proxy in front of it speaks to it. */
  isHttps: boolean;
}

/**
 * The request as better-auth may see it: an open endpoint, a JSON body of known fields within their bounds, redirects within the
 * page, and the client’s address from us.
 *
 * @returns undefined when there is no such endpoint.
 * @throws PodexError unsupported_media_type, too_large, invalid_request, forbidden; ZodError.
 */
export async function parseAuthRequest(
  given: Request,
  address: string,
  options: AuthRequestOptions,
): Promise<Request | undefined> {
  const url = new URL(given.url);
  const endpoint = matchEndpoint(given.method, url.pathname.slice(BASE_PATH.length));
  if (endpoint?.open === undefined) return undefined;
  requireFairQuery(url.searchParams, options.allowedOrigins);
  if (options.isHttps) url.protocol = 'https:';
  const headers = safeHeaders(given.headers, address);
  const { method } = endpoint.open;
  if (method === 'GET') return new Request(url, { method, headers, signal: given.signal });
  const body = await parseBody(given, endpoint.open, options.allowedOrigins);
  headers.set('content-type', 'application/json');
  return new Request(url, { method, headers, body: JSON.stringify(body), signal: given.signal });
}

function safeHeaders(given: Headers, address: string): Headers {
  const headers = new Headers(given);
  for (const name of [...FORWARDING_HEADERS, 'content-length', 'content-encoding']) headers.delete(name);
  if (address !== '') headers.set(ADDRESS_HEADER, address);
  const cookie = headers.get('cookie');
  if (cookie !== null) headers.set('cookie', withOneSession(cookie));
  const userAgent = headers.get('user-agent');
  if (userAgent !== null) headers.set('user-agent', userAgent.slice(0, USER_AGENT_MAX));
  // Browsers send Sec-Fetch-Site as well. Node’s fetch sends the mode alone and would be taken for a browser without an Origin.
  if (!headers.has('sec-fetch-site')) headers.delete('sec-fetch-mode');
  return headers;
}

type PostEndpoint = Extract<AuthEndpoint['open'], { method: 'POST' }>;

async function parseBody(
  given: Request,
  endpoint: PostEndpoint,
  allowedOrigins: readonly string[],
): Promise<z.output<z.ZodObject>> {
  const text = await readText(given);
  const parsed = text === '' ? {} : parseJson(text, given.headers.get('content-type'));
  const fields = Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {});
  const redirects = fields
    .filter(([name]) => REDIRECTS.includes(name))
    .map(([name, value]) => [name, requireOwnPage(value, allowedOrigins)]);
  return endpoint.body.parse({ ...Object(parsed), ...Object.fromEntries(redirects) });
}

async function readText(given: Request): Promise<string> {
  // The server holds a body to its Content-Length, and refuses those without one.
  if (Number(given.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const text = await given.text();
  if (text.length > BODY_BYTES_MAX) throw tooLarge();
  return text;
}

function parseJson(text: string, contentType: string | null): unknown {
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== 'application/json') throw onlyJson();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PodexError(
      'invalid_request',
      'The body is not valid JSON. Send one JSON object.',
      {},
      { cause },
    );
  }
}

export function tooLarge(): PodexError {
  const message = `The body is too large. Send at most ${BODY_BYTES_MAX} bytes.`;
  return new PodexError('too_large', message, { max_bytes: BODY_BYTES_MAX });
}

export function onlyJson(): PodexError {
  const message = 'This body is not marked as JSON. Send JSON, with Content-Type: application/json.';
  return new PodexError('unsupported_media_type', message, { accepted: 'application/json' });
}

function requireFairQuery(query: URLSearchParams, allowedOrigins: readonly string[]): void {
  for (const [name, value] of query) {
    if (value.length > URL_MAX || UNPRINTABLE.test(value)) {
      const message = `The query has a value that is too long, or has control characters. Use at most ${URL_MAX} printable ones.`;
      throw new PodexError('invalid_request', message, {});
    }
    if (REDIRECTS.includes(name)) requireOwnPage(value, allowedOrigins);
  }
}

/**
 * @returns the whole address on an allowed origin.
 * @throws PodexError forbidden when it leads elsewhere.
 */
function requireOwnPage(value: unknown, allowedOrigins: readonly string[]): string {
  const whole = typeof value === 'string' ? resolveOwnPage(value, allowedOrigins) : undefined;
  if (whole !== undefined) return whole;
  throw new PodexError(
    'forbidden',
    'Sign-in may only lead back to the page. Use an address on the page.',
    {},
  );
}

/** The address, if a browser that is sent there stays on one of the origins. */
export function resolveOwnPage(value: string, allowedOrigins: readonly string[]): string | undefined {
  if (value.length > URL_MAX || UNPRINTABLE.test(value) || value.includes('\\')) return undefined;
  const [page] = allowedOrigins;
  if (page === undefined || !URL.canParse(value, page)) return undefined;
  const url = new URL(value, page);
  const isOwn = allowedOrigins.includes(url.origin) && url.username === '' && url.password === '';
  return isOwn ? url.href : undefined;
}
