import type { JoinTokenId, ServerId, UserId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import { type Selectable, sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { JoinToken } from '../database/generated/rows.ts';
import { toJson } from '../database/storable.ts';

// Owns table: join_token. Who made one is read beside it.

/** A request that died while it held a token frees it after this. */
const HELD_SECONDS = 60;
const KEPT_DAYS = 7;

export type JoinTokenRow = Selectable<JoinToken> & { created_by_email: string };

/** Of an admin who is one still; neither used nor revoked nor too old. */
function selectOpen(db: Db | Tx) {
  return db
    .selectFrom('join_token')
    .innerJoin('user', 'user.id', 'join_token.created_by')
    .selectAll('join_token')
    .select('user.email as created_by_email')
    .where('join_token.used_at', 'is', null)
    .where('join_token.revoked_at', 'is', null)
    .where(sql<boolean>`join_token.expires_at > now()`)
    .where('user.role', '=', 'admin')
    .where(isActiveUser());
}

export interface NewJoinToken {
  id: JoinTokenId;
  secretHash: Buffer;
  name: string;
  hostname: string;
  port: number;
  labels: Record<string, string> | undefined;
  region: string | undefined;
  serverId: ServerId | undefined;
  createdBy: UserId;
  expiresInSeconds: number;
}

export async function insertJoinToken(tx: Tx, token: NewJoinToken): Promise<void> {
  await tx
    .insertInto('join_token')
    .values({
      id: token.id,
      secret_hash: token.secretHash,
      name: token.name,
      hostname: token.hostname,
      docker_port: token.port,
      labels: token.labels === undefined ? null : toJson(token.labels),
      region: token.region ?? null,
      server_id: token.serverId ?? null,
      created_by: token.createdBy,
      expires_at: sql<Date>`now() + make_interval(secs => ${token.expiresInSeconds})`,
    })
    .execute();
}

export async function findOpenJoinToken(
  db: Db | Tx,
  by: { id: JoinTokenId } | { secretHash: Buffer },
): Promise<JoinTokenRow | undefined> {
  const query = selectOpen(db);
  const found =
    'id' in by ? query.where('join_token.id', '=', by.id) : query.where('secret_hash', '=', by.secretHash);
  return found.executeTakeFirst();
}

export async function listOpenJoinTokens(db: Db, page: PageQuery): Promise<JoinTokenRow[]> {
  let query = selectOpen(db);
  if (page.after !== undefined) query = query.where(sql<boolean>`join_token.id < ${page.after}`);
  return query
    .orderBy('join_token.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** @returns the name that it was for; undefined when there is no open one with this id. */
export async function revokeJoinToken(tx: Tx, id: JoinTokenId): Promise<string | undefined> {
  const row = await tx
    .updateTable('join_token')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`expires_at > now()`)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}

export async function revokeJoinTokensOf(tx: Tx, name: string): Promise<void> {
  await tx
    .updateTable('join_token')
    .set({ revoked_at: sql<Date>`now()` })
    .where('name', '=', name)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
}

/** Of two requests that come at once, one has it. */
export async function holdJoinToken(db: Db, id: JoinTokenId, holder: string): Promise<boolean> {
  const row = await db
    .updateTable('join_token')
    .set({ held_by: holder, held_until: sql<Date>`now() + make_interval(secs => ${HELD_SECONDS})` })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`(held_until is null or held_until < now())`)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** It is good for another request again. */
export async function releaseJoinToken(db: Db, id: JoinTokenId, holder: string): Promise<void> {
  await db
    .updateTable('join_token')
    .set({ held_by: null, held_until: null })
    .where('id', '=', id)
    .where('held_by', '=', holder)
    .execute();
}

/** Uses it up. @returns false when the holder has lost it, or it was revoked meanwhile. */
export async function useJoinToken(tx: Tx, id: JoinTokenId, holder: string): Promise<boolean> {
  const row = await tx
    .updateTable('join_token')
    .set({ used_at: sql<Date>`now()`, held_by: null, held_until: null })
    .where('id', '=', id)
    .where('held_by', '=', holder)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteOldJoinTokens(db: Db): Promise<void> {
  await db
    .deleteFrom('join_token')
    .where(sql<boolean>`expires_at < now() - make_interval(days => ${KEPT_DAYS})`)
    .execute();
}
