import { userId } from '@podex/contracts/ids';
import type { Authenticate, Authenticated } from '../calls/authenticated.ts';
import type { Db } from '../database/connect.ts';
import type { Auth } from './auth.ts';
import { findActiveUser, touchUser } from './standing-store.ts';
import { findTokenOwner } from './token-store.ts';
import { hashSecret } from './tokens.ts';

/** An `Authorization` header decides alone: a bad token is not made good by a cookie. */
export function createAuthenticate({ auth, db }: { auth: Auth; db: Db }): Authenticate {
  return async (headers) => {
    const authorization = headers.get('authorization');
    if (authorization !== null) return fromToken(db, authorization);
    if (!headers.has('cookie')) return undefined;
    return fromSession(auth, db, headers);
  };
}

async function fromToken(db: Db, authorization: string): Promise<Authenticated | undefined> {
  const secret = /^Bearer (pdx_[\w-]{20,100})$/i.exec(authorization)?.[1];
  if (secret === undefined) return undefined;
  const owner = await findTokenOwner(db, hashSecret(secret));
  if (owner === undefined) return undefined;
  const { id, email, name, role, created_at: createdAt } = owner;
  await touchUser(db, id, owner.last_seen_at);
  // An admin’s token outlives the role: without it, it is a token like any other.
  const scope = owner.scope === 'admin' && role !== 'admin' ? 'write' : owner.scope;
  const credentialId = owner.token_id;
  return {
    actor: { userId: id, email, name, role, createdAt, scope, via: 'token', credentialId },
    setCookies: [],
  };
}

async function fromSession(auth: Auth, db: Db, headers: Headers): Promise<Authenticated | undefined> {
  const { response: session, headers: answered } = await auth.api.getSession({
    headers,
    returnHeaders: true,
  });
  if (session === null) return undefined;
  const { email, name, createdAt } = session.user;
  const id = userId.parse(session.user.id);
  const user = await findActiveUser(db, id);
  if (user === undefined) return undefined;
  return {
    actor: {
      userId: id,
      email,
      name,
      role: user.role,
      createdAt,
      scope: user.role === 'admin' ? 'admin' : 'write',
      via: 'session',
      credentialId: session.session.id,
    },
    setCookies: answered.getSetCookie(),
  };
}
