import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Secret } from '../database/generated/rows.ts';
import type { SealedSecret, WrappedKey } from './envelope.ts';
import type { SecretOwner } from './secret-owner.ts';

// Owns table: secret. Values are encrypted before they come here.

const COLUMNS = ['name', 'version', 'created_at', 'updated_at'] as const;
export type SecretRow = Pick<Selectable<Secret>, (typeof COLUMNS)[number]>;

const SEALED_COLUMNS = ['id', 'owner_kind', 'owner_id', 'name', 'version', 'key_id', 'wrapped_key'] as const;
export type WrappedRow = Pick<Selectable<Secret>, (typeof SEALED_COLUMNS)[number]>;
export type SealedRow = WrappedRow & Pick<Selectable<Secret>, 'sealed_value'>;

export interface NewSecret extends SealedSecret {
  owner: SecretOwner;
  name: string;
  version: number;
  valueBytes: number;
}

/** Changes of one owner’s secrets happen one after the other, to the end of the transaction. */
export async function lockSecretsOf(tx: Tx, { kind, id }: SecretOwner): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`secrets ${kind} ${id}`}, 0))`.execute(tx);
}

export async function listSecrets(db: Db | Tx, { kind, id }: SecretOwner): Promise<SecretRow[]> {
  return db
    .selectFrom('secret')
    .select(COLUMNS)
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', id)
    .orderBy('name')
    .execute();
}

export async function findSecret(
  db: Db | Tx,
  { kind, id }: SecretOwner,
  name: string,
): Promise<SecretRow | undefined> {
  return db
    .selectFrom('secret')
    .select(COLUMNS)
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', id)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** How many an owner has, and their bytes, without the one of this name. */
export async function sumOtherSecrets(tx: Tx, { kind, id }: SecretOwner, name: string) {
  return tx
    .selectFrom('secret')
    .select([
      sql<number>`count(*)::integer`.as('count'),
      sql<number>`coalesce(sum(value_bytes + octet_length(name)), 0)::integer`.as('bytes'),
    ])
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', id)
    .where('name', '<>', name)
    .executeTakeFirstOrThrow();
}

/** In place of the one that is there under this name. */
export async function putSecret(tx: Tx, secret: NewSecret): Promise<void> {
  const { owner, name } = secret;
  const value = {
    version: secret.version,
    key_id: secret.keyId,
    wrapped_key: secret.wrappedKey,
    sealed_value: secret.sealedValue,
    value_bytes: secret.valueBytes,
    updated_at: sql<Date>`now()`,
  };
  await tx
    .insertInto('secret')
    .values({ owner_kind: owner.kind, owner_id: owner.id, name, ...value })
    .onConflict((conflict) => conflict.columns(['owner_kind', 'owner_id', 'name']).doUpdateSet(value))
    .execute();
}

/** @returns whether there was one. */
export async function deleteSecret(tx: Tx, { kind, id }: SecretOwner, name: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('secret')
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', id)
    .where('name', '=', name)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function deleteSecretsOf(tx: Tx, { kind, id }: SecretOwner): Promise<void> {
  await tx.deleteFrom('secret').where('owner_kind', '=', kind).where('owner_id', '=', id).execute();
}

export async function listSealedSecrets(db: Db | Tx, owner: SecretOwner): Promise<SealedRow[]> {
  return db
    .selectFrom('secret')
    .select([...SEALED_COLUMNS, 'sealed_value'])
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .orderBy('name')
    .execute();
}

/** Held to the end of the transaction: a new value that is set meanwhile waits, and stays. */
export async function lockSecretsUnderOtherKeys(
  tx: Tx,
  { keyId, after, limit }: { keyId: string; after: number; limit: number },
): Promise<WrappedRow[]> {
  return tx
    .selectFrom('secret')
    .select(SEALED_COLUMNS)
    .where('key_id', '<>', keyId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .execute();
}

export async function setWrappedKey(tx: Tx, id: number, { keyId, wrappedKey }: WrappedKey): Promise<void> {
  await tx
    .updateTable('secret')
    .set({ key_id: keyId, wrapped_key: wrappedKey })
    .where('id', '=', id)
    .execute();
}

export async function countSecretsUnderOtherKeys(db: Db | Tx, keyId: string): Promise<number> {
  const row = await db
    .selectFrom('secret')
    .select(sql<number>`count(*)::integer`.as('count'))
    .where('key_id', '<>', keyId)
    .executeTakeFirstOrThrow();
  return row.count;
}
