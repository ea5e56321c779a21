import { PodexError } from '@podex/contracts/errors';
import type { Actor } from './actor.ts';
import type { Authenticate, Authenticated } from './authenticate.ts';
import { findOperation, type Operation } from './operations.ts';
import type { OriginPolicy } from './origins.ts';
import { coversScope, type Policy } from './policy.ts';

export interface Entrance {
  operation: Operation;
  /** Absent where anyone may enter. */
  authenticated: Authenticated | undefined;
}

export interface DoorRequest {
  method: string;
  path: string;
  headers: Headers;
  /** A WebSocket handshake: browsers send it to anywhere with cookies, so its origin counts like that of a write. */
  isUpgrade: boolean;
}

/**
 * The one decision whether a request may come in: is there such an operation, who asks, may they, and does a browser ask on behalf
 * of our own page.
 *
 * @returns undefined when there is no such operation.
 * @throws PodexError unauthenticated, forbidden, origin_not_allowed.
 */
export type Door = (request: DoorRequest) => Promise<Entrance | undefined>;

export function createDoor(options: { authenticate: Authenticate; origins: OriginPolicy }): Door {
  return async ({ method, path, headers, isUpgrade }) => {
    const operation = findOperation(method, path);
    if (operation === undefined) return undefined;
    if (operation.policy.access === 'anyone') return { operation, authenticated: undefined };
    const authenticated = await options.authenticate(headers);
    if (authenticated === undefined) {
      throw new PodexError('unauthenticated', 'Sign in, or send a bearer token that is still good.', {});
    }
    const { actor } = authenticated;
    const changesSomething = isUpgrade || (method !== 'GET' && method !== 'HEAD');
    if (actor.via === 'session' && changesSomething) requireOwnPage(headers, options.origins);
    requireAllowed(actor, operation.policy);
    return { operation, authenticated };
  };
}

/**
 * Cookies come along with requests that foreign pages make; only the `Origin` header, which pages cannot forge, tells them apart.
 *
 * @throws PodexError origin_not_allowed.
 */
export function requireOwnPage(headers: Headers, origins: OriginPolicy): void {
  const origin = headers.get('origin');
  if (origin !== null && origins.isAllowedAt(origin, headers.get('host') ?? undefined)) return;
  throw new PodexError(
    'origin_not_allowed',
    origin === null
      ? 'A request with a session cookie must carry an Origin header. Programs send a bearer token instead.'
      : `Pages of ${origin} may not use a session here. Is FRONTEND_URL set to the address of the page?`,
    origin === null ? {} : { origin },
  );
}

function requireAllowed(actor: Actor, policy: Exclude<Policy, { access: 'anyone' }>): void {
  if (policy.access === 'admin' && actor.role !== 'admin') {
    throw new PodexError('forbidden', 'This is for admins.', {});
  }
  if (!coversScope(actor.scope, policy.scope)) {
    throw new PodexError('forbidden', `This needs a token of scope ${policy.scope}.`, {});
  }
}
