import type { ScopePreset } from '@podex/contracts/accounts';
import type { DeviceDecision } from '@podex/contracts/devices';
import type { UserId } from '@podex/contracts/ids';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { DeviceRequest } from '../database/generated/rows.ts';

// Owns table: device_request. Neither code’s hash leaves it.

const COLUMNS = [
  'id',
  'client_name',
  'scope',
  'address',
  'network',
  'created_at',
  'expires_at',
  'poll_seconds',
  'decision',
  'decided_by',
] as const;
export type DeviceRequestRow = Pick<Selectable<DeviceRequest>, (typeof COLUMNS)[number]>;

const isLive = sql<boolean>`device_request.expires_at > now()`;

export interface NewDeviceRequest {
  id: string;
  deviceCodeHash: Buffer;
  userCodeHash: Buffer;
  clientName: string;
  scope: ScopePreset;
  address: string;
  network: string;
  expiresInSeconds: number;
  pollSeconds: number;
}

/** Undefined when another request has the same user code. */
export async function insertDeviceRequest(tx: Tx, request: NewDeviceRequest): Promise<Date | undefined> {
  const row = await tx
    .insertInto('device_request')
    .values({
      id: request.id,
      device_code_hash: request.deviceCodeHash,
      user_code_hash: request.userCodeHash,
      client_name: request.clientName,
      scope: request.scope,
      address: request.address,
      network: request.network,
      expires_at: sql<Date>`now() + make_interval(secs => ${request.expiresInSeconds})`,
      poll_seconds: request.pollSeconds,
    })
    .onConflict((conflict) => conflict.column('user_code_hash').doNothing())
    .returning('expires_at')
    .executeTakeFirst();
  return row?.expires_at;
}

/** Those that wait for a decision. Counts one after the other for one network, to the end of the transaction. */
export async function countOpenOfNetwork(tx: Tx, network: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`device_request ${network}`}, 0))`.execute(tx);
  const row = await tx
    .selectFrom('device_request')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('network', '=', network)
    .where('decision', 'is', null)
    .where(isLive)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** One that waits for a decision. */
export async function findOpenRequest(
  db: Db | Tx,
  userCodeHash: Buffer,
): Promise<DeviceRequestRow | undefined> {
  return db
    .selectFrom('device_request')
    .select(COLUMNS)
    .where('user_code_hash', '=', userCodeHash)
    .where('decision', 'is', null)
    .where(isLive)
    .executeTakeFirst();
}

export interface Decided {
  decision: DeviceDecision;
  by: UserId;
  sessionId: string;
}

/** @returns false when it was decided already, or is too old. */
export async function decideRequest(tx: Tx, userCodeHash: Buffer, decided: Decided): Promise<boolean> {
  const row = await tx
    .updateTable('device_request')
    .set({
      decision: decided.decision,
      decided_by: decided.by,
      decided_session_id: decided.sessionId,
    })
    .where('user_code_hash', '=', userCodeHash)
    .where('decision', 'is', null)
    .where(isLive)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Holds it to the end of the transaction: of two who ask at once, the second finds what the first has left. */
export async function lockRequest(
  tx: Tx,
  deviceCodeHash: Buffer,
): Promise<(DeviceRequestRow & { is_too_soon: boolean }) | undefined> {
  return tx
    .selectFrom('device_request')
    .select(COLUMNS)
    .select(
      sql<boolean>`coalesce(polled_at > now() - make_interval(secs => poll_seconds), false)`.as(
        'is_too_soon',
      ),
    )
    .where('device_code_hash', '=', deviceCodeHash)
    .where(isLive)
    .forUpdate()
    .executeTakeFirst();
}

export async function notePoll(tx: Tx, id: string, pollSeconds: number): Promise<void> {
  await tx
    .updateTable('device_request')
    .set({ polled_at: sql<Date>`now()`, poll_seconds: pollSeconds })
    .where('id', '=', id)
    .execute();
}

export async function deleteRequest(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('device_request').where('id', '=', id).execute();
}

export async function deleteOldDeviceRequests(db: Db): Promise<void> {
  await db.deleteFrom('device_request').where('expires_at', '<', sql<Date>`now()`).execute();
}
