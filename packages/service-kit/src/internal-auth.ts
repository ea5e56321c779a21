import { createHash, timingSafeEqual } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { MiddlewareHandler } from 'hono';
import { type Keys, listKeys } from './key-list.ts';

/** Constant in time whatever the lengths: both sides are hashed first. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The secret of `Bearer <secret>`; empty when there is none. */
export function bearerOf(authorization: string | undefined): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}

/** Whether the header is `Bearer <key>` for one of the keys; constant in time. */
export function holdsKey(authorization: string | undefined, keys: readonly string[]): boolean {
  const given = bearerOf(authorization);
  return keys.filter((key) => isSameSecret(given, key)).length > 0;
}

/** @throws PodexError unauthenticated unless the header is `Bearer <key>` for one of the keys. */
export function requireInternalKey(authorization: string | undefined, keys: Keys): void {
  if (holdsKey(authorization, listKeys(keys))) return;
  throw new PodexError('unauthenticated', 'This route is for Podex’s own services.', {});
}

/** Guards the routes that only other services of Podex may call. */
export function internalAuth(keys: Keys): MiddlewareHandler {
  return async (context, next) => {
    requireInternalKey(context.req.header('authorization'), keys);
    await next();
  };
}
