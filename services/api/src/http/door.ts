import { PodexError } from '@podex/contracts/errors';
import type { Actor } from '../calls/actor.ts';
import type { Authenticate, Authenticated } from '../calls/authenticated.ts';
import type { OperationView, RequireStill } from '../calls/call.ts';
import type { CallSource } from '../calls/call-source.ts';
import { findOperation, listMethods, type Operation } from './operations.ts';
import type { OriginPolicy } from './origins.ts';
import type { Permit } from './permission.ts';
import { requireOwnPage, requireOwnPageAtSignIn, usesSession } from './session-use.ts';
import type { TwoFactorRule } from './two-factor-rule.ts';

export interface Entrance {
  operation: Operation;
  /** Absent where anyone may enter and nobody is signed in. */
  authenticated: Authenticated | undefined;
  /** Of an operation on a workspace, or on what belongs to one. */
  view: OperationView | undefined;
  /** Looks again within a transaction of the request. */
  requireStill: RequireStill;
}

export interface DoorRequest {
  /** `GET` for a WebSocket handshake. */
  method: string;
  path: string;
  headers: Headers;
  source: CallSource;
  requestId: string;
}

/** Is told of requests that were refused with 403, before they are answered. */
export type OnDenied = (
  request: Pick<DoorRequest, 'path' | 'source' | 'requestId'> & {
    operation: string;
    actor: Actor | undefined;
    error: PodexError;
  },
) => Promise<void>;

export interface DoorOptions {
  authenticate: Authenticate;
  origins: OriginPolicy;
  permit: Permit;
  twoFactor: TwoFactorRule;
  onDenied: OnDenied;
}

/**
 * The one decision whether a request may come in: is there such an operation, does a browser ask on behalf of our own page, who asks,
 * may they, and may they with what the path names. It fails closed: what is neither an operation nor listed here does not exist.
 *
 * @returns undefined for the few routes that are no operations: sign-in, documentation, metrics.
 * @throws PodexError not_found, method_not_allowed, unauthenticated, forbidden, origin_not_allowed, two_factor_required,
 * …_not_found; ZodError.
 */
export type Door = (request: DoorRequest) => Promise<Entrance | undefined>;

const SIGN_IN = /^\/api\/auth\//;
/** Each checks for itself what it must. */
const OTHER_ROUTES = /^(\/metrics|\/api\/openapi\.json|\/api\/docs(\/[^/]+)?)$/;

export function createDoor({ authenticate, origins, permit, twoFactor, onDenied }: DoorOptions): Door {
  return async (request) => {
    const { method, path, headers } = request;
    if (SIGN_IN.test(path)) {
      await telling(request, path, undefined, () => requireOwnPageAtSignIn(request, origins));
      return undefined;
    }
    if (OTHER_ROUTES.test(path)) return undefined;
    const operation = findOperation(method, path);
    if (operation === undefined) throw noOperation(method, path);
    const { policy } = operation;
    if (policy.access === 'anyone') {
      const authenticated = policy.knowsActor ? await recognise(request) : undefined;
      return { operation, authenticated, view: undefined, requireStill: () => Promise.resolve() };
    }
    if (usesSession(headers)) {
      await telling(request, operation.id, undefined, () => requireOwnPage(request, origins));
    }
    const authenticated = await authenticate(headers);
    if (authenticated === undefined) {
      throw new PodexError('unauthenticated', 'Sign in, or send a bearer token that is still good.', {});
    }
    const { actor } = authenticated;
    const view = await telling(request, operation.id, actor, () => {
      twoFactor.require(actor, operation.id);
      return permit(actor, policy, operation.params);
    });
    const requireStill: RequireStill = async (tx) => void (await permit(actor, policy, operation.params, tx));
    return { operation, authenticated, view, requireStill };
  };

  /** Runs a check; one that refuses is told before its error goes on. */
  async function telling<Result>(
    { path, source, requestId }: DoorRequest,
    operation: string,
    actor: Actor | undefined,
    check: () => Result | Promise<Result>,
  ): Promise<Result> {
    try {
      return await check();
    } catch (error) {
      if (PodexError.isInstance(error)) await onDenied({ path, source, requestId, operation, actor, error });
      throw error;
    }
  }

  /** Who asks where nobody must be signed in; a session that may not be used here counts for nothing. */
  async function recognise(request: DoorRequest): Promise<Authenticated | undefined> {
    try {
      if (usesSession(request.headers)) requireOwnPage(request, origins);
    } catch (error) {
      if (PodexError.has(error, 'origin_not_allowed')) return undefined;
      throw error;
    }
    return authenticate(request.headers);
  }
}

function noOperation(method: string, path: string): PodexError {
  const allow = listMethods(path);
  if (allow.length === 0) return new PodexError('not_found', `There is no ${method} ${path}.`, {});
  return new PodexError('method_not_allowed', `${path} takes ${allow.join(', ')}, not ${method}.`, { allow });
}
