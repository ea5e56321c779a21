import type { GitSshKeyId } from '@podex/contracts/ids';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { GitSshKey } from '../../database/generated/rows.ts';

// Owns table: git_ssh_key.

export type GitSshKeyRow = Selectable<GitSshKey>;

/** Changes of one person’s keys happen one after the other, to the end of the transaction. */
export async function lockGitSshKeysOf(tx: Tx, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`git_ssh_key ${userId}`}, 0))`.execute(tx);
}

/** Newest first. */
export async function listGitSshKeys(db: Db | Tx, userId: string): Promise<GitSshKeyRow[]> {
  return db
    .selectFrom('git_ssh_key')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .execute();
}

export async function findGitSshKey(
  db: Db | Tx,
  userId: string,
  id: string,
): Promise<GitSshKeyRow | undefined> {
  return db
    .selectFrom('git_ssh_key')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export interface NewGitSshKey {
  id: GitSshKeyId;
  userId: string;
  host: string;
  repository: string | null;
  publicKey: string;
  hostKey: string | null;
}

export async function insertGitSshKey(tx: Tx, key: NewGitSshKey): Promise<void> {
  await tx
    .insertInto('git_ssh_key')
    .values({
      id: key.id,
      user_id: key.userId,
      host: key.host,
      repository: key.repository,
      public_key: key.publicKey,
      host_key: key.hostKey,
    })
    .execute();
}

export async function deleteGitSshKey(tx: Tx, userId: string, id: GitSshKeyId): Promise<boolean> {
  const result = await tx
    .deleteFrom('git_ssh_key')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Of all keys that the person has at the host. */
export async function setHostKey(
  tx: Tx,
  { userId, host }: { userId: string; host: string },
  keys: { host_key?: string | null; offered_host_key: string | null },
): Promise<void> {
  await tx
    .updateTable('git_ssh_key')
    .set(keys)
    .where('user_id', '=', userId)
    .where('host', '=', host)
    .execute();
}

const TOUCH_EVERY_MS = 60_000;

/** At most once a minute. */
export async function touchGitSshKey(
  tx: Tx,
  { id, last_used_at: lastUsedAt }: Pick<GitSshKeyRow, 'id' | 'last_used_at'>,
): Promise<void> {
  if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < TOUCH_EVERY_MS) return;
  await tx.updateTable('git_ssh_key').set({ last_used_at: sql<Date>`now()` }).where('id', '=', id).execute();
}
