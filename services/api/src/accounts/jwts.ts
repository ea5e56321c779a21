import { randomUUID } from 'node:crypto';
import { TOKEN_SCOPES, type TokenScope, tokenScope } from '@podex/contracts/accounts';
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
import { appendAudit } from '../audit/append-audit.ts';
import type { Actor } from '../calls/actor.ts';
import type { Call } from '../calls/call.ts';
import { coversScopes, scopesWithin } from '../calls/scopes.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { requireLasting } from './lasting-credential.ts';
import { findSessionOwner } from './session-store.ts';
import { JWT_ALGORITHM, type SigningKeys } from './signing-keys.ts';
import { findTokenOwner } from './token-store.ts';

/** What makes and revokes credentials: a JWT leaves nothing behind that outlasts it. */
const LASTING: TokenScope = 'account';
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
  transact: Transact;
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
  async create(input: CreateJwtInput, call: Call): Promise<CreatedJwt> {
    const { actor } = call;
    requireLasting(actor);
    const scopes = input.scopes ?? actor.scopes.filter((scope) => scope !== LASTING);
    const beyond = scopes.filter((scope) => scope === LASTING || !coversScopes(actor.scopes, [scope]));
    if (beyond.length > 0 || scopes.length === 0) {
      throw new PodexError('forbidden', `A JWT of scope ${beyond.join(', ')} is beyond what you may do.`, {});
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
    const id = randomUUID();
    const jwt = await new SignJWT({ scope: formatScopes(scopes), credential: parent })
      .setProtectedHeader({ alg: JWT_ALGORITHM, typ: JWT_TYPE, kid })
      .setIssuer(this.#options.issuer)
      .setAudience(JWT_AUDIENCE)
      .setSubject(actor.userId)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(expiresAt)
      .setJti(id)
      .sign(privateKey);
    const created = { jwt, scopes: [...scopes], expires_at: new Date(expiresAt * 1000).toISOString() };
    await this.#options.transact(async (work) =>
      appendAudit(work, call, {
        action: 'jwt.created',
        target: { kind: 'token', id },
        details: { scopes: created.scopes, expires_at: created.expires_at },
      }),
    );
    return created;
  }

  /** Who uses it; undefined when it is none of ours, has ended, or what it was made with has. */
  async authenticate(jwt: string): Promise<Actor | undefined> {
    const payload = await this.#verify(jwt);
    const parsed = claims.safeParse(payload);
    const claimed = parsed.success ? readScopes(parsed.data.scope) : undefined;
    if (!parsed.success || claimed === undefined) return undefined;
    const { sub, exp, credential: parent } = parsed.data;
    const owner = await this.#findOwner(parent);
    if (owner === undefined || owner.id !== sub) return undefined;
    const allowed = scopesWithin(owner.role, owner.scopes);
    return {
      userId: owner.id,
      email: owner.email,
      name: owner.name,
      role: owner.role,
      createdAt: owner.created_at,
      twoFactor: owner.two_factor_enabled,
      scopes: claimed.filter((scope) => coversScopes(allowed, [scope])),
      workspaceIds: owner.workspace_ids ?? undefined,
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
    return owner && { ...owner, scopes: TOKEN_SCOPES, workspace_ids: null };
  }
}

/** The claim `scope` is a list of words with spaces between them (RFC 8693 §4.2). */
function formatScopes(scopes: readonly TokenScope[]): string {
  return scopes.join(' ');
}

/** Undefined for what this version does not know. */
function readScopes(claim: string): TokenScope[] | undefined {
  return z.array(tokenScope).safeParse(claim.split(' ')).data;
}
