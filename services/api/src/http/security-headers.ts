import { createMiddleware } from 'hono/factory';

const ONE_YEAR_SECONDS = 31_536_000;

/** What every response of api tells browsers. A route that needs a looser policy, as the documentation does, sets its own. */
export function securityHeaders({ isHttps }: { isHttps: boolean }) {
  const headers = Object.entries({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...(isHttps ? { 'strict-transport-security': `max-age=${ONE_YEAR_SECONDS}` } : {}),
  });
  return createMiddleware(async (context, next) => {
    // Before: a forwarded response takes them from here. After: an error is a response of its own.
    for (const [name, value] of headers) context.header(name, value);
    await next();
    const { headers: sent } = context.res;
    for (const [name, value] of headers) if (!sent.has(name)) sent.set(name, value);
    const isJson = sent.get('content-type')?.startsWith('application/json') ?? false;
    if (isJson && !sent.has('cache-control')) sent.set('cache-control', 'no-store');
  });
}
