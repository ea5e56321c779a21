import { TOKEN_SCOPES } from '@podex/contracts/accounts';
import type { Authenticate, Authenticated } from '../calls/authenticated.ts';
import { scopesWithin } from '../calls/scopes.ts';
import type { Db } from '../database/connect.ts';
import type { Auth } from './auth.ts';
import type { JwtService } from './jwts.ts';
import { readSessionCookie } from './session-cookie.ts';
import { findSignedIn, touchSession } from './session-store.ts';
import { touchUser } from './standing-store.ts';
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

const SECOND_MS = 1_000;
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

/** One statement of ours for almost every request. better-auth is asked only when the session is due to be prolonged. */
async function fromSession(
  { auth, db }: Omit<AuthenticateOptions, 'jwts'>,
  headers: Headers,
): Promise<Authenticated | undefined> {
  const { authCookies, secret, sessionConfig } = await auth.$context;
  const cookie = readSessionCookie(headers.get('cookie') ?? '', authCookies, secret);
  const found = cookie && (await findSignedIn(db, cookie.token));
  if (cookie === undefined || found === undefined) return undefined;
  const { expiresIn, updateAge } = sessionConfig;
  const isDue = found.expires_at.getTime() - (expiresIn - updateAge) * SECOND_MS <= Date.now();
  const setCookies = isDue && cookie.isRemembered ? await prolong(auth, headers) : [];
  if (setCookies === undefined) return undefined;
  await touchUser(db, found.id, found.last_seen_at);
  await touchSession(db, found.session_id, found.last_used_at);
  return {
    actor: {
      userId: found.id,
      email: found.email,
      name: found.name,
      role: found.role,
      createdAt: found.created_at,
      twoFactor: found.two_factor_enabled,
      scopes: scopesWithin(found.role, TOKEN_SCOPES),
      workspaceIds: undefined,
      via: 'session',
      credentialKind: 'session',
      credentialId: found.session_id,
    },
    setCookies,
  };
}

/** @returns the cookies of the prolonged session; undefined when it has just ended. */
async function prolong(auth: Auth, headers: Headers): Promise<readonly string[] | undefined> {
  const { response, headers: answered } = await auth.api.getSession({ headers, returnHeaders: true });
  return response === null ? undefined : answered.getSetCookie();
}
