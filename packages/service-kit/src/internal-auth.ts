import { createHash, timingSafeEqual } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { MiddlewareHandler } from 'hono';

/** Constant in time whatever the lengths: both sides are hashed first. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** @throws PodexError unauthenticated unless the header is `Bearer <key>`. */
export function requireInternalKey(authorization: string | undefined, key: string): void {
  const given = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
  if (!isSameSecret(given, key))
    throw new PodexError('unauthenticated', 'this route is for Podex’s own services', {});
}

/** Guards the routes that only other services of Podex may call. */
export function internalAuth(key: string): MiddlewareHandler {
  return async (context, next) => {
    requireInternalKey(context.req.header('authorization'), key);
    await next();
  };
}
