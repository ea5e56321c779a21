import { randomUUID } from 'node:crypto';
import { type TokenScope, tokenScope } from '@podex/contracts/accounts';
import { PodexError } from '@podex/contracts/errors';
import { tokenId, userId } from '@podex/contracts/ids';
import {
  type CreatedJwt,
  type CreateJwtInput,
  JWT_AUDIENCE,
  JWT_SECONDS_MAX,
  JWT_TYPE,
  type PublicJwk,
} from '@podex/contracts/jwts';
import { sessionId } from '@podex/contracts/sessions';
import { errors, importJWK, type JWTHeaderParameters, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Actor } from '../calls/actor.ts';
import type { Call } from '../calls/call.ts';
import type { Db } from '../database/connect.ts';
import { coversScope } from '../http/policy.ts';
import { effectiveScope } from './effective-scope.ts';
import { requireLasting } from './lasting-credential.ts';
import { findSessionOwner } from './session-store.ts';
import { JWT_ALGORITHM, type SigningKeys } from './signing-keys.ts';
import { findTokenOwner } from './token-store.ts';

const JWT_BYTES_MAX = 8 * 1024;
/** Between the clocks of several processes. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** As `calculateJwkThumbprint` makes it. */
const KEY_ID = /^[\w-]{43}$/;

/** What a JWT was made with, and ends with. */
const credential = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), id: tokenId }),
  z.object({ kind: z.literal('session'), id: sessionId }),
]);
type ParentCredential = z.output<typeof credential>;

const claims = z.object({
  sub: userId,
  exp: z.number(),
  scope: z.string(),
  credential,
});

export interface JwtServiceOptions {
  db: Db;
  keys: SigningKeys;
  /** The origin of the page. */
  issuer: string;
}

/** JWTs of programs: they last for minutes, and are never good for more than the token or session that they were made with. */
export class JwtService {
  readonly #options: JwtServiceOptions;

  constructor(options: JwtServiceOptions) {
    this.#options = options;
  }

  listKeys(): Promise<{ keys: PublicJwk[] }> {
    return this.#options.keys.list();
  }

  /** @throws PodexError forbidden when it would be good for more than the caller is, or the caller uses a JWT. */
  async create(input: CreateJwtInput, { actor }: Call): Promise<CreatedJwt> {
    requireLasting(actor);
    const scope = input.scope ?? actor.scope;
    if (!coversScope(actor.scope, scope)) {
      throw new PodexError('forbidden', `A JWT of scope ${scope} is beyond what you may do.`, {});
    }
    const parent = credential.parse({ kind: actor.credentialKind, id: actor.credentialId });
    const owner = await this.#findOwner(parent);
    if (owner === undefined) {
      throw new PodexError('unauthenticated', 'Your token or session has just ended. Sign in again.', {});
    }
    const now = Math.floor(Date.now() / 1000);
    const endsAt = now + input.expires_in_seconds;
    const expiresAt = Math.min(endsAt, Math.floor((owner.expires_at?.getTime() ?? Infinity) / 1000));
    const { id: kid, privateKey } = await this.#options.keys.current();
    const jwt = await new SignJWT({ scope: formatScope(scope), credential: parent })
      .setProtectedHeader({ alg: JWT_ALGORITHM, typ: JWT_TYPE, kid })
      .setIssuer(this.#options.issuer)
      .setAudience(JWT_AUDIENCE)
      .setSubject(actor.userId)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(expiresAt)
      .setJti(randomUUID())
      .sign(privateKey);
    return { jwt, scope, expires_at: new Date(expiresAt * 1000).toISOString() };
  }

  /** Who uses it; undefined when it is none of ours, has ended, or what it was made with has. */
  async authenticate(jwt: string): Promise<Actor | undefined> {
    const payload = await this.#verify(jwt);
    const parsed = claims.safeParse(payload);
    const claimed = parsed.success ? readScope(parsed.data.scope) : undefined;
    if (!parsed.success || claimed === undefined) return undefined;
    const { sub, exp, credential: parent } = parsed.data;
    const owner = await this.#findOwner(parent);
    if (owner === undefined || owner.id !== sub) return undefined;
    const allowed = effectiveScope(owner);
    return {
      userId: owner.id,
      email: owner.email,
      name: owner.name,
      role: owner.role,
      createdAt: owner.created_at,
      scope: coversScope(allowed, claimed) ? claimed : allowed,
      via: 'jwt',
      credentialKind: parent.kind,
      credentialId: parent.id,
      expiresAt: new Date(exp * 1000),
    };
  }

  async #verify(jwt: string): Promise<JWTPayload | undefined> {
    if (Buffer.byteLength(jwt) > JWT_BYTES_MAX) return undefined;
    try {
      const { payload } = await jwtVerify(jwt, (header) => this.#keyOf(header), {
        algorithms: [JWT_ALGORITHM],
        typ: JWT_TYPE,
        issuer: this.#options.issuer,
        audience: JWT_AUDIENCE,
        requiredClaims: ['sub', 'exp', 'iat', 'nbf', 'jti'],
        maxTokenAge: JWT_SECONDS_MAX,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async #keyOf({ kid }: JWTHeaderParameters) {
    const jwk = kid !== undefined && KEY_ID.test(kid) ? await this.#options.keys.findPublic(kid) : undefined;
    if (jwk === undefined) throw new errors.JWKSNoMatchingKey();
    return importJWK(jwk, JWT_ALGORITHM);
  }

  async #findOwner(parent: ParentCredential) {
    if (parent.kind === 'token') return findTokenOwner(this.#options.db, { id: parent.id });
    const owner = await findSessionOwner(this.#options.db, parent.id);
    return owner && { ...owner, scope: 'admin' as const };
  }
}

/** The claim `scope` is a list of words with spaces between them (RFC 8693 §4.2). */
function formatScope(scope: TokenScope): string {
  return scope;
}

/** Undefined for what this version does not know. */
function readScope(claim: string): TokenScope | undefined {
  return tokenScope.safeParse(claim).data;
}
