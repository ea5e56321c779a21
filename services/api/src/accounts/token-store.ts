import type { TokenScope } from '@podex/contracts/accounts';
import type { TokenId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import type { InferResult, Selectable } from 'kysely';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Token } from '../database/generated/rows.ts';
import { prepare } from '../database/prepared.ts';

// Owns table: token. The secret’s hash never leaves it.

const COLUMNS = [
  'id',
  'name',
  'scopes',
  'workspace_ids',
  'created_at',
  'expires_at',
  'last_used_at',
] as const;
export type TokenRow = Pick<Selectable<Token>, (typeof COLUMNS)[number]>;

export interface NewToken {
  id: TokenId;
  userId: UserId;
  name: string;
  scopes: readonly TokenScope[];
  workspaceIds: readonly WorkspaceId[] | undefined;
  secretHash: Buffer;
  expiresInDays: number;
  parent: ParentToken | undefined;
}

/** The token that another one is made with. */
export interface ParentToken {
  id: TokenId;
  depth: number;
  expiresAt: Date | null;
}

export async function insertToken(tx: Tx, token: NewToken): Promise<void> {
  await tx
    .insertInto('token')
    .values({
      id: token.id,
      user_id: token.userId,
      name: token.name,
      scopes: [...token.scopes],
      workspace_ids: token.workspaceIds === undefined ? null : [...token.workspaceIds],
      secret_hash: token.secretHash,
      // The lesser of both; without a parent, or with one that never expires, the first.
      expires_at: sql<Date>`least(now() + make_interval(days => ${token.expiresInDays}), ${token.parent?.expiresAt ?? null}::timestamptz)`,
      parent_token_id: token.parent?.id ?? null,
      depth: token.parent === undefined ? 0 : token.parent.depth + 1,
    })
    .execute();
}

/** Holds it to the end of the transaction: nobody revokes it meanwhile. Undefined when it has ended. */
export async function lockParentToken(tx: Tx, id: string): Promise<ParentToken | undefined> {
  const row = await tx
    .selectFrom('token')
    .select(['id', 'depth', 'expires_at'])
    .where('id', '=', id)
    .where(isLive)
    .forKeyShare()
    .executeTakeFirst();
  return row && { id: row.id, depth: row.depth, expiresAt: row.expires_at };
}

const isLive = sql<boolean>`(token.expires_at is null or token.expires_at > now())`;

export async function deleteTokensOfUser(db: Db | Tx, userId: UserId): Promise<void> {
  await db.deleteFrom('token').where('user_id', '=', userId).execute();
}

export async function findToken(db: Db | Tx, userId: UserId, id: TokenId): Promise<TokenRow | undefined> {
  return db
    .selectFrom('token')
    .select(COLUMNS)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function listTokens(db: Db, userId: UserId, page: PageQuery): Promise<TokenRow[]> {
  let query = db.selectFrom('token').select(COLUMNS).where('user_id', '=', userId);
  if (page.after !== undefined) query = query.where(sql<boolean>`id < ${page.after}`);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** @returns its name; undefined when there was none. */
export async function deleteToken(db: Db | Tx, userId: UserId, id: TokenId): Promise<string | undefined> {
  const row = await db
    .deleteFrom('token')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}

function selectOwners(db: Db | Tx) {
  return db
    .selectFrom('token')
    .innerJoin('user', 'user.id', 'token.user_id')
    .select([
      'token.id as token_id',
      'token.scopes',
      'token.workspace_ids',
      'token.expires_at',
      'token.last_used_at',
      'user.id',
      'user.email',
      'user.name',
      'user.role',
      'user.created_at',
      'user.two_factor_enabled',
      'user.last_seen_at',
    ])
    .where(isLive)
    .where(isActiveUser());
}
type TokenOwner = InferResult<ReturnType<typeof selectOwners>>[number];

const selectBySecret = prepare<{ secretHash: Buffer }, TokenOwner>('token-owner', (db, value) =>
  selectOwners(db).where('token.secret_hash', '=', value('secretHash')),
);

/**
 * The owner of a live token, unless suspended; found by its secret or, for a JWT that was made with it, by its id. Its `last_used_at`
 * moves at most once a minute, so that reading stays reading.
 */
export async function findTokenOwner(
  db: Db,
  by: { secretHash: Buffer } | { id: TokenId },
): Promise<TokenOwner | undefined> {
  const [row] = await ('id' in by
    ? selectOwners(db).where('token.id', '=', by.id).execute()
    : selectBySecret(db, by));
  if (row) await touchToken(db, row.token_id, row.last_used_at);
  return row;
}

const TOUCH_EVERY_MS = 60_000;

async function touchToken(db: Db, id: TokenId, lastUsedAt: Date | null): Promise<void> {
  if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < TOUCH_EVERY_MS) return;
  await db.updateTable('token').set({ last_used_at: sql<Date>`now()` }).where('id', '=', id).execute();
}
