import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { createdToken, createTokenInput, Token, TokenScope } from '@podex/contracts/accounts';
import { PodexError } from '@podex/contracts/errors';
import { newId, type TokenId, tokenId, type UserId, type WorkspaceId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import type { z } from 'zod';
import { appendAudit, SYSTEM } from '../audit/append-audit.ts';
import type { Actor } from '../calls/actor.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import { coversScopes } from '../calls/scopes.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { ownHolder } from '../quotas/holder.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { requireLasting } from './lasting-credential.ts';
import {
  deleteToken,
  findToken,
  insertToken,
  listTokens,
  lockParentToken,
  type NewToken,
  type ParentToken,
  type TokenRow,
} from './token-store.ts';
import { findFirstAdmin } from './user-store.ts';

const SECRET_PREFIX = 'pdx_';
const ADMIN_TOKEN_DAYS = 30;
const DEFAULT_DAYS = 90;
/** How many tokens may stand above one. */
const TOKEN_DEPTH_MAX = 8;
const DAY_MS = 24 * 60 * 60_000;

export interface TokenServiceOptions {
  db: Db;
  transact: Transact;
  sessionSecret: string;
  quotas: Quotas;
}

/** Bearer tokens of programs. */
export class TokenService {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #sessionSecret: string;
  readonly #quotas: Quotas;

  constructor({ db, transact, sessionSecret, quotas }: TokenServiceOptions) {
    this.#db = db;
    this.#transact = transact;
    this.#sessionSecret = sessionSecret;
    this.#quotas = quotas;
  }

  /** @throws PodexError forbidden when the token would be good for more than the caller is. */
  async create(input: z.output<typeof createTokenInput>, given: Call): Promise<z.infer<typeof createdToken>> {
    requireLasting(given.actor);
    const call = boundToToken(given);
    const scopes = input.scopes ?? call.actor.scopes.filter((scope) => scope !== 'admin');
    requireWithinCaller(scopes, input.workspace_ids, call.actor);
    const secretOf = this.#newSecret(call);
    const id = await this.#transact((work) => {
      const { tx } = work;
      const newToken = newId('token');
      return createOnce(tx, call, { id: newToken, schema: tokenId }, async () => {
        const parent = await requireParent(tx, call.actor);
        requireWithinParent(input.expires_in_days, parent);
        await this.#quotas.requireRoomForOne(tx, ownHolder(call.actor.userId), 'tokens');
        await insertToken(tx, {
          id: newToken,
          userId: call.actor.userId,
          name: input.name,
          scopes: [...new Set(scopes)],
          workspaceIds: input.workspace_ids ?? call.actor.workspaceIds,
          secretHash: hashSecret(secretOf(newToken)),
          expiresInDays: input.expires_in_days ?? DEFAULT_DAYS,
          parent,
        });
        appendAudit(work, call, {
          action: 'token.created',
          target: { kind: 'token', id: newToken, name: input.name },
          details: { scopes: [...scopes], expires_in_days: input.expires_in_days ?? DEFAULT_DAYS },
        });
      });
    });
    const row = await findToken(this.#db, call.actor.userId, id);
    if (row === undefined) throw new PodexError('token_not_found', 'This token was revoked meanwhile.', {});
    return { ...presentToken(row), secret: secretOf(id) };
  }

  async list(page: PageQuery, { actor }: Call): Promise<{ items: Token[]; next: string | null }> {
    return toPage(await listTokens(this.#db, actor.userId, page), page.limit, presentToken);
  }

  /** Ends the token that the caller uses. @throws PodexError invalid_request when the caller uses none. */
  async deleteCurrent(call: Call): Promise<void> {
    const { actor } = call;
    requireLasting(actor);
    if (actor.via !== 'token') {
      throw new PodexError('invalid_request', 'You use a session, not a token. Sign out to end it.', {});
    }
    await this.#delete(tokenId.parse(actor.credentialId), call);
  }

  async delete(id: TokenId, call: Call): Promise<void> {
    requireLasting(call.actor);
    await this.#delete(id, call);
  }

  async #delete(id: TokenId, call: Call): Promise<void> {
    await this.#transact(async (work) => {
      const name = await deleteToken(work.tx, call.actor.userId, id);
      if (name === undefined) throw new PodexError('token_not_found', 'There is no such token.', {});
      appendAudit(work, call, { action: 'token.revoked', target: { kind: 'token', id, name } });
      work.wake(CREDENTIALS_CHANNEL);
    });
  }

  /**
   * A token for a program that its user approved.
   *
   * @throws PodexError limit_reached.
   */
  async issue(
    tx: Tx,
    token: Pick<NewToken, 'userId' | 'name' | 'scopes' | 'expiresInDays'>,
  ): Promise<z.infer<typeof createdToken>> {
    await this.#quotas.requireRoomForOne(tx, ownHolder(token.userId), 'tokens');
    const id = newId('token');
    const secret = randomSecret();
    await insertToken(tx, {
      ...token,
      id,
      workspaceIds: undefined,
      secretHash: hashSecret(secret),
      parent: undefined,
    });
    const row = await findToken(tx, token.userId, id);
    if (row === undefined) throw new PodexError('token_not_found', 'This token was revoked meanwhile.', {});
    return { ...presentToken(row), secret };
  }

  /** For the machine that runs api: a token of the first admin, good for 30 days. */
  async createForFirstAdmin(): Promise<{ id: TokenId; secret: string; email: string }> {
    const admin = await findFirstAdmin(this.#db);
    if (admin === undefined) {
      throw new PodexError(
        'user_not_found',
        'There is no admin yet. Set ADMIN_EMAIL and ADMIN_PASSWORD and restart.',
        {},
      );
    }
    const secret = randomSecret();
    const token = adminToken(admin.id, secret);
    await this.#transact(async (work) => {
      await insertToken(work.tx, token);
      appendAudit(work, SYSTEM, {
        action: 'token.created',
        target: { kind: 'token', id: token.id, name: token.name },
        details: { scopes: [...token.scopes], for: admin.email },
      });
    });
    return { id: token.id, secret, email: admin.email };
  }

  /**
   * With an Idempotency-Key the secret follows from it, so that a repeated request is answered with the same secret; and from the id, so
   * that the secret of a revoked token never comes back with another one.
   */
  #newSecret({ actor, idempotency }: Call): (id: TokenId) => string {
    if (idempotency === undefined) {
      const secret = randomSecret();
      return () => secret;
    }
    return (id) => {
      const digest = createHmac('sha256', this.#sessionSecret)
        .update(`token\0${id}\0${actor.userId}\0${idempotency.key}\0`)
        .update(idempotency.hash)
        .digest('base64url');
      return `${SECRET_PREFIX}${digest}`;
    };
  }
}

/** A token that knows an Idempotency-Key gets the secret of no token but its own children: others may outlive it. */
function boundToToken(call: Call): Call {
  const { actor, idempotency } = call;
  if (idempotency === undefined || actor.via !== 'token') return call;
  const hash = createHash('sha256').update(idempotency.hash).update(actor.credentialId).digest();
  return { ...call, idempotency: { ...idempotency, hash } };
}

function adminToken(userId: UserId, secret: string) {
  return {
    id: newId('token'),
    userId,
    name: 'podex admin token',
    scopes: ['admin'] as const,
    workspaceIds: undefined,
    secretHash: hashSecret(secret),
    expiresInDays: ADMIN_TOKEN_DAYS,
    parent: undefined,
  };
}

const WHOLE_ACCOUNT: readonly TokenScope[] = ['account', 'admin'];

/** @throws PodexError forbidden, invalid_request. */
function requireWithinCaller(
  scopes: readonly TokenScope[],
  workspaceIds: readonly WorkspaceId[] | undefined,
  actor: Actor,
): void {
  const beyond = scopes.filter((scope) => !coversScopes(actor.scopes, [scope]));
  if (beyond.length > 0 || scopes.length === 0) {
    throw new PodexError('forbidden', `A token of scope ${beyond.join(', ')} is beyond what you may do.`, {});
  }
  const whole = scopes.filter((scope) => WHOLE_ACCOUNT.includes(scope));
  if (workspaceIds !== undefined && whole.length > 0) {
    throw new PodexError(
      'invalid_request',
      `A token for some workspaces can’t have the scope ${whole.join(', ')}. Leave it out, or make the token good for all workspaces.`,
      { issues: [`scopes: ${whole.join(', ')} can’t be limited to workspaces`] },
    );
  }
}

/** The token that the caller uses; undefined for a session. */
async function requireParent(tx: Tx, actor: Actor): Promise<ParentToken | undefined> {
  if (actor.via !== 'token') return undefined;
  const parent = await lockParentToken(tx, actor.credentialId);
  if (parent === undefined) {
    throw new PodexError('unauthenticated', 'Your token has just ended. Sign in again.', {});
  }
  if (parent.depth >= TOKEN_DEPTH_MAX) {
    throw new PodexError(
      'limit_reached',
      `Tokens can be made with tokens ${TOKEN_DEPTH_MAX} times in a row. Make this one with an earlier token, or signed in.`,
      { limit: 'token_depth', max: TOKEN_DEPTH_MAX },
    );
  }
  return parent;
}

function requireWithinParent(days: number | undefined, parent: ParentToken | undefined): void {
  if (days === undefined || parent === undefined || parent.expiresAt === null) return;
  const daysMax = Math.floor((parent.expiresAt.getTime() - Date.now()) / DAY_MS);
  if (days <= daysMax) return;
  const ends = `A token ends with the token that it was made with, at ${parent.expiresAt.toISOString()}`;
  throw new PodexError(
    'invalid_request',
    daysMax < 1
      ? `${ends}. Leave expires_in_days out to get all that remains.`
      : `${ends}: expires_in_days may be at most ${daysMax}. Leave it out to get all that remains, up to ${DEFAULT_DAYS} days.`,
    { issues: ['expires_in_days: is longer than what remains of the token that you use'] },
  );
}

function randomSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** Secrets are 256 random bits, so a plain hash is enough; it needs no salt and no slowness. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function presentToken(row: TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    workspace_ids: row.workspace_ids,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}
