import { type NextRequest, NextResponse } from 'next/server';
import { loadConfig } from './config.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';

/** Gives each page its Content-Security-Policy with a fresh nonce. Pages are rendered per request for that reason. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const policy = contentSecurityPolicy({ config: loadConfig(), host: request.headers.get('host'), nonce });
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  // Next reads the nonce for its own scripts from this header of the request.
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

/** Everything but static files and responses that are no pages. */
export const config = { matcher: ['/((?!_next/static|env.js|health|ready|icon.svg).*)'] };
