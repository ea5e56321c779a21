import type { PublicJwk } from '@podex/contracts/jwts';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { SigningKey } from '../database/generated/rows.ts';

// Owns table: signing_key. Private keys are sealed.

export interface KeyAges {
  signsSeconds: number;
  verifiesSeconds: number;
}

const younger = (seconds: number) => sql<boolean>`created_at > now() - make_interval(secs => ${seconds})`;

/** The newest key that still signs. */
export async function findSigningKey(
  db: Db | Tx,
  { signsSeconds }: KeyAges,
): Promise<Selectable<SigningKey> | undefined> {
  return db
    .selectFrom('signing_key')
    .selectAll()
    .where(younger(signsSeconds))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

export async function findPublicKey(
  db: Db,
  id: string,
  { verifiesSeconds }: KeyAges,
): Promise<PublicJwk | undefined> {
  const row = await db
    .selectFrom('signing_key')
    .select('public_jwk')
    .where('id', '=', id)
    .where(younger(verifiesSeconds))
    .executeTakeFirst();
  return row?.public_jwk;
}

export async function listPublicKeys(db: Db, { verifiesSeconds }: KeyAges): Promise<PublicJwk[]> {
  const rows = await db
    .selectFrom('signing_key')
    .select('public_jwk')
    .where(younger(verifiesSeconds))
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map((row) => row.public_jwk);
}

const SIGNING_KEY_LOCK = 4_077_062;

/** Held to the end of the transaction: of several processes that find no key, one makes it. */
export async function lockSigningKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(SIGNING_KEY_LOCK)})`.execute(tx);
}

export async function insertSigningKey(
  tx: Tx,
  key: { id: string; publicJwk: PublicJwk; sealed: Buffer },
): Promise<void> {
  await tx
    .insertInto('signing_key')
    .values({ id: key.id, public_jwk: JSON.stringify(key.publicJwk), private_key: key.sealed })
    .execute();
}

export async function deleteSigningKey(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('signing_key').where('id', '=', id).execute();
}

/** Keys whose last JWT has ended. */
export async function deleteOldSigningKeys(tx: Tx, { verifiesSeconds }: KeyAges): Promise<void> {
  await tx
    .deleteFrom('signing_key')
    .where(sql<boolean>`not ${younger(verifiesSeconds)}`)
    .execute();
}
