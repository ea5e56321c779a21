import { userRole } from '@podex/contracts/accounts';
import { userId } from '@podex/contracts/ids';
import type { Auth } from '../accounts/auth.ts';
import { findTokenOwner } from '../accounts/token-store.ts';
import { hashSecret } from '../accounts/tokens.ts';
import type { Db } from '../database/connect.ts';
import type { Actor } from './actor.ts';

export interface Authenticated {
  actor: Actor;
  /** `Set-Cookie` values that prolong the session; the answer carries them. */
  setCookies: readonly string[];
}

/** Undefined when the request is from nobody: no session, no token, or one that is not good any more. */
export type Authenticate = (headers: Headers) => Promise<Authenticated | undefined>;

/** An `Authorization` header decides alone: a bad token is not made good by a cookie. */
export function createAuthenticate({ auth, db }: { auth: Auth; db: Db }): Authenticate {
  return async (headers) => {
    const authorization = headers.get('authorization');
    if (authorization !== null) return fromToken(db, authorization);
    if (!headers.has('cookie')) return undefined;
    return fromSession(auth, headers);
  };
}

async function fromToken(db: Db, authorization: string): Promise<Authenticated | undefined> {
  const secret = /^Bearer (pdx_[\w-]{20,100})$/i.exec(authorization)?.[1];
  if (secret === undefined) return undefined;
  const owner = await findTokenOwner(db, hashSecret(secret));
  if (owner === undefined) return undefined;
  const { id, email, name, role, created_at: createdAt } = owner;
  // An admin’s token outlives the role: without it, it is a token like any other.
  const scope = owner.scope === 'admin' && role !== 'admin' ? 'write' : owner.scope;
  const credentialId = owner.token_id;
  return {
    actor: { userId: id, email, name, role, createdAt, scope, via: 'token', credentialId },
    setCookies: [],
  };
}

async function fromSession(auth: Auth, headers: Headers): Promise<Authenticated | undefined> {
  const { response: session, headers: answered } = await auth.api.getSession({
    headers,
    returnHeaders: true,
  });
  if (session === null) return undefined;
  const { id, email, name, role, createdAt } = session.user;
  const knownRole = userRole.parse(role);
  return {
    actor: {
      userId: userId.parse(id),
      email,
      name,
      role: knownRole,
      createdAt,
      scope: knownRole === 'admin' ? 'admin' : 'write',
      via: 'session',
      credentialId: session.session.id,
    },
    setCookies: answered.getSetCookie(),
  };
}
