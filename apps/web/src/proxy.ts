import { PodexError } from '@podex/contracts/errors';
import { type NextRequest, NextResponse } from 'next/server';
import { loadConfig } from './config.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { hostnameOf, isPageHost } from './page-host.ts';

const ONE_YEAR_SECONDS = 31_536_000;

/**
 * Shows the page under its own name alone, and gives each page its Content-Security-Policy with a fresh nonce. Pages are rendered per
 * request for that reason.
 */
export function proxy(request: NextRequest): NextResponse {
  const settings = loadConfig();
  const host = request.headers.get('host');
  if (!isPageHost(host, settings)) return refuseHost(host);
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const policy = contentSecurityPolicy({ config: settings, host, nonce });
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  // Next reads the nonce for its own scripts from this header of the request.
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  if (settings.pageOrigin?.startsWith('https:')) {
    response.headers.set('strict-transport-security', `max-age=${ONE_YEAR_SECONDS}`);
  }
  return response;
}

function refuseHost(host: string | null): NextResponse {
  const name = hostnameOf(host) ?? '';
  const error = new PodexError(
    'host_not_allowed',
    'Podex can’t be opened by this address. Use the one of FRONTEND_URL, or set FRONTEND_URL of page and api to this one.',
    { host: name },
  );
  return NextResponse.json(error.toBody(crypto.randomUUID()), {
    status: error.status,
    headers: { 'cache-control': 'no-store' },
  });
}

/** Everything but static files and responses that are no pages. */
export const config = { matcher: ['/((?!_next/static|env.js|health|ready|icon.svg).*)'] };
