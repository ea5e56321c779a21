import { TOKEN_SCOPES, userRole } from '@podex/contracts/accounts';
import { userId } from '@podex/contracts/ids';
import type { Authenticate, Authenticated } from '../calls/authenticated.ts';
import { scopesWithin } from '../calls/scopes.ts';
import type { Db } from '../database/connect.ts';
import type { Auth } from './auth.ts';
import { findTokenOwner } from './token-store.ts';
import { hashSecret } from './tokens.ts';

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
  const { id, email, name, role, created_at: createdAt, two_factor_enabled: twoFactor } = owner;
  const credentialId = owner.token_id;
  return {
    actor: {
      userId: id,
      email,
      name,
      role,
      createdAt,
      twoFactor,
      scopes: scopesWithin(role, owner.scopes),
      workspaceIds: owner.workspace_ids ?? undefined,
      via: 'token',
      credentialId,
    },
    setCookies: [],
  };
}

async function fromSession(auth: Auth, headers: Headers): Promise<Authenticated | undefined> {
  const { response: session, headers: answered } = await auth.api.getSession({
    headers,
    returnHeaders: true,
  });
  if (session === null) return undefined;
  const { id, email, name, role, createdAt, twoFactorEnabled } = session.user;
  const knownRole = userRole.parse(role);
  return {
    actor: {
      userId: userId.parse(id),
      email,
      name,
      role: knownRole,
      createdAt,
      twoFactor: twoFactorEnabled === true,
      scopes: scopesWithin(knownRole, TOKEN_SCOPES),
      workspaceIds: undefined,
      via: 'session',
      credentialId: session.session.id,
    },
    setCookies: answered.getSetCookie(),
  };
}
