import type { SshKeyId, UserId } from '@podex/contracts/ids';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { SshKey } from '../database/generated/rows.ts';

// Owns table: ssh_key.

const COLUMNS = ['id', 'name', 'type', 'public_key', 'fingerprint', 'created_at', 'last_used_at'] as const;
export type SshKeyRow = Pick<Selectable<SshKey>, (typeof COLUMNS)[number]>;

export interface NewSshKey {
  id: SshKeyId;
  userId: UserId;
  name: string;
  type: string;
  publicKey: string;
  fingerprint: string;
}

/** Changes of one person’s keys happen one after the other, to the end of the transaction. */
export async function lockSshKeysOf(tx: Tx, userId: UserId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`ssh_key ${userId}`}, 0))`.execute(tx);
}

/** Newest first. */
export async function listSshKeys(db: Db | Tx, userId: UserId): Promise<SshKeyRow[]> {
  return db
    .selectFrom('ssh_key')
    .select(COLUMNS)
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .execute();
}

export async function findSshKey(db: Db | Tx, userId: UserId, id: SshKeyId): Promise<SshKeyRow | undefined> {
  return db
    .selectFrom('ssh_key')
    .select(COLUMNS)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function insertSshKey(tx: Tx, key: NewSshKey): Promise<void> {
  await tx
    .insertInto('ssh_key')
    .values({
      id: key.id,
      user_id: key.userId,
      name: key.name,
      type: key.type,
      public_key: key.publicKey,
      fingerprint: key.fingerprint,
    })
    .execute();
}

/** @returns what it was; undefined when there was none. */
export async function deleteSshKey(
  tx: Tx,
  userId: UserId,
  id: SshKeyId,
): Promise<Pick<SshKeyRow, 'name' | 'fingerprint'> | undefined> {
  return tx
    .deleteFrom('ssh_key')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning(['name', 'fingerprint'])
    .executeTakeFirst();
}

/** At most once a minute, so that it stays one small write however often a program connects. */
export async function touchSshKeys(
  db: Db,
  { userIds, fingerprint }: { userIds: readonly UserId[]; fingerprint: string },
): Promise<void> {
  await db
    .updateTable('ssh_key')
    .set({ last_used_at: sql<Date>`now()` })
    .where('user_id', 'in', userIds)
    .where('fingerprint', '=', fingerprint)
    .where(sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`)
    .execute();
}
