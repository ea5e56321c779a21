import { TOKEN_SCOPES } from '@podex/contracts/accounts';
import { userId } from '@podex/contracts/ids';
import type { Authenticate, Authenticated } from '../calls/authenticated.ts';
import { scopesWithin } from '../calls/scopes.ts';
import type { Db } from '../database/connect.ts';
import type { Auth } from './auth.ts';
import type { JwtService } from './jwts.ts';
import { touchSession } from './session-store.ts';
import { findActiveUser, touchUser } from './standing-store.ts';
import { findTokenOwner } from './token-store.ts';
import { hashSecret } from './tokens.ts';

export interface AuthenticateOptions {
  auth: Auth;
  db: Db;
  jwts: Pick<JwtService, 'authenticate'>;
}

/** An `Authorization` header decides alone: a bad token is not made good by a cookie. */
export function createAuthenticate({ auth, db, jwts }: AuthenticateOptions): Authenticate {
  return async (headers) => {
    const authorization = headers.get('authorization');
    if (authorization !== null) return fromBearer({ db, jwts }, authorization);
    if (!headers.has('cookie')) return undefined;
    return fromSession({ auth, db }, headers);
  };
}

const BEARER_TOKEN = /^Bearer (pdx_[\w-]{20,100})$/i;
const BEARER_JWT = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

async function fromBearer(
  { db, jwts }: Omit<AuthenticateOptions, 'auth'>,
  authorization: string,
): Promise<Authenticated | undefined> {
  const secret = BEARER_TOKEN.exec(authorization)?.[1];
  if (secret !== undefined) return fromToken(db, secret);
  const jwt = BEARER_JWT.exec(authorization)?.[1];
  const actor = jwt === undefined ? undefined : await jwts.authenticate(jwt);
  return actor && { actor, setCookies: [] };
}

async function fromToken(db: Db, secret: string): Promise<Authenticated | undefined> {
  const owner = await findTokenOwner(db, { secretHash: hashSecret(secret) });
  if (owner === undefined) return undefined;
  const { id, email, name, role, created_at: createdAt, two_factor_enabled: twoFactor } = owner;
  await touchUser(db, id, owner.last_seen_at);
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
      credentialKind: 'token',
      credentialId: owner.token_id,
    },
    setCookies: [],
  };
}

async function fromSession(
  { auth, db }: Omit<AuthenticateOptions, 'jwts'>,
  headers: Headers,
): Promise<Authenticated | undefined> {
  const { response: found, headers: answered } = await auth.api.getSession({
    headers,
    returnHeaders: true,
  });
  if (found === null) return undefined;
  const { session, user } = found;
  const id = userId.parse(user.id);
  const active = await findActiveUser(db, id);
  if (active === undefined) return undefined;
  await touchSession(db, session.id, session.lastUsedAt ?? null);
  return {
    actor: {
      userId: id,
      email: user.email,
      name: user.name,
      role: active.role,
      createdAt: user.createdAt,
      twoFactor: user.twoFactorEnabled === true,
      scopes: scopesWithin(active.role, TOKEN_SCOPES),
      workspaceIds: undefined,
      via: 'session',
      credentialKind: 'session',
      credentialId: session.id,
    },
    setCookies: answered.getSetCookie(),
  };
}
