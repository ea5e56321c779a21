import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { AddSlotInput, KeepPoolInput, ObserveSlotInput } from '@podex/contracts/internal/pool';
import type { WorkspaceSize } from '@podex/contracts/workspaces';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Pool, PoolSlot } from '../database/generated/rows.ts';
import { toText } from '../database/storable.ts';

// Owns tables: pool, pool_slot. What workspaces hold is read beside them.

/** A keeper renews its lease several times within it; another compute takes over when it ends. */
export const KEEPER_LEASE_MS = 10_000;

export type SlotRow = Selectable<PoolSlot>;

export async function findPool(db: Db | Tx): Promise<Selectable<Pool>> {
  return db.selectFrom('pool').selectAll().executeTakeFirstOrThrow();
}

/** Takes or renews the lease. Undefined while another has it. */
export async function leasePool(db: Db, input: KeepPoolInput): Promise<string | undefined> {
  const row = await db
    .updateTable('pool')
    .set({
      keeper_id: input.worker_id,
      lease_token: sql<string>`coalesce(${input.lease_token}, gen_random_uuid()::text)`,
      lease_expires_at: sql<Date>`now() + make_interval(secs => ${KEEPER_LEASE_MS / 1000})`,
      image: input.image,
      size: input.size,
      slots: input.slots,
    })
    .where((where) =>
      where.or([
        where('lease_expires_at', 'is', null),
        where('lease_expires_at', '<=', sql<Date>`now()`),
        where('lease_token', '=', input.lease_token ?? ''),
      ]),
    )
    .returning('lease_token')
    .executeTakeFirst();
  return row?.lease_token ?? undefined;
}

/** Keeps the lease where it is to the end of the transaction. @returns false when it is another’s by now. */
export async function holdLease(tx: Tx, leaseToken: string): Promise<boolean> {
  const row = await tx
    .selectFrom('pool')
    .select('id')
    .where('lease_token', '=', leaseToken)
    .where('lease_expires_at', '>', sql<Date>`now()`)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

/** Milliseconds until the lease ends; undefined when nobody has it. */
export async function msUntilLeaseEnds(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('pool')
    .select(sql<number | null>`(extract(epoch from lease_expires_at - now()) * 1000)::float8`.as('ms'))
    .executeTakeFirst();
  return row?.ms == null ? undefined : Math.max(0, Math.ceil(row.ms));
}

export async function recordFailure(tx: Tx, serverId: ServerId, failure: string): Promise<void> {
  await tx
    .updateTable('pool')
    .set({ failure: toText(failure), failed_server_id: serverId, failed_at: sql<Date>`now()` })
    .execute();
}

export async function listSlots(db: Db): Promise<SlotRow[]> {
  return db.selectFrom('pool_slot').selectAll().orderBy('storage_key').execute();
}

/**
 * Takes a ready slot out of the pool, for the caller’s workspace. Never the same twice: the row is locked until it is gone. A server that
 * is being changed is waited for, and looked at again.
 */
export async function claimSlot(
  tx: Tx,
  wanted: { image: string | null; size: WorkspaceSize },
): Promise<SlotRow | undefined> {
  return tx
    .with('picked', (query) =>
      query
        .selectFrom('pool_slot')
        .innerJoin('server', 'server.id', 'pool_slot.server_id')
        .select('pool_slot.storage_key')
        .where('pool_slot.status', '=', 'ready')
        .where('pool_slot.size', '=', wanted.size)
        .where('pool_slot.image', '=', sql<string>`coalesce(${wanted.image}, (select image from pool))`)
        .where('server.admin_status', '=', 'active')
        .where('server.observed_status', '=', 'ready')
        .orderBy('pool_slot.ready_at')
        .limit(1)
        .forUpdate('pool_slot')
        .skipLocked()
        .forKeyShare('server'),
    )
    .deleteFrom('pool_slot')
    .using('picked')
    .whereRef('pool_slot.storage_key', '=', 'picked.storage_key')
    .returningAll('pool_slot')
    .executeTakeFirst();
}

export async function insertSlot(
  tx: Tx,
  input: AddSlotInput,
  reserved: { cpu: number; memoryMb: number },
): Promise<void> {
  await tx
    .insertInto('pool_slot')
    .values({
      storage_key: input.storage_key,
      server_id: input.server_id,
      image: input.image,
      size: input.size,
      reserved_cpu: reserved.cpu,
      reserved_memory_mb: reserved.memoryMb,
    })
    .execute();
}

/** @returns the server of the slot; undefined when it is not on the way to being ready any more. */
export async function markReady(
  tx: Tx,
  key: string,
  seen: Pick<ObserveSlotInput, 'container_id' | 'image_id' | 'version'>,
): Promise<ServerId | undefined> {
  const row = await tx
    .updateTable('pool_slot')
    .set({
      status: 'ready',
      container_id: seen.container_id,
      image_id: seen.image_id,
      version: seen.version,
      ready_at: sql<Date>`now()`,
    })
    .where('storage_key', '=', key)
    .where('status', '=', 'filling')
    .returning('server_id')
    .executeTakeFirst();
  return row?.server_id;
}

/** @returns the server of the slot; undefined when a workspace has it by now. */
export async function markRemoving(tx: Tx, key: string): Promise<ServerId | undefined> {
  const row = await tx
    .updateTable('pool_slot')
    .set({ status: 'removing' })
    .where('storage_key', '=', key)
    .returning('server_id')
    .executeTakeFirst();
  return row?.server_id;
}

/** @returns the server of the slot; undefined unless it was being removed. */
export async function deleteSlot(tx: Tx, key: string): Promise<ServerId | undefined> {
  const row = await tx
    .deleteFrom('pool_slot')
    .where('storage_key', '=', key)
    .where('status', '=', 'removing')
    .returning('server_id')
    .executeTakeFirst();
  return row?.server_id;
}

/** Takes one slot out of the pool, of the server or of any: the youngest, those that are not ready yet first. */
export async function giveUpSlot(tx: Tx, serverId: ServerId | undefined): Promise<boolean> {
  const row = await tx
    .with('picked', (query) => {
      const slots = query.selectFrom('pool_slot').select('storage_key').where('status', '<>', 'removing');
      const there = serverId === undefined ? slots : slots.where('server_id', '=', serverId);
      return there.orderBy('status').orderBy('created_at', 'desc').limit(1).forUpdate().skipLocked();
    })
    .updateTable('pool_slot')
    .from('picked')
    .whereRef('pool_slot.storage_key', '=', 'picked.storage_key')
    .set({ status: 'removing' })
    .returning('pool_slot.storage_key')
    .executeTakeFirst();
  return row !== undefined;
}

export interface Taken {
  cpu: number;
  memory_mb: number;
  /** Over all servers. */
  workspaces: number;
}

/** In one statement: what a slot holds is its workspace’s in the same moment. */
const held = sql`(
  select server_id, reserved_cpu as cpu, reserved_memory_mb as memory_mb from workspace where reserved_memory_mb > 0
  union all
  select server_id, reserved_cpu, reserved_memory_mb from pool_slot where status <> 'removing'
) as held`;

/** What workspaces and slots hold together: on the server, and how many over all. */
export async function sumTaken(tx: Tx, serverId: ServerId): Promise<Taken> {
  const { rows } = await sql<Taken>`
    select coalesce(sum(cpu) filter (where server_id = ${serverId}), 0)::float8 as cpu,
      coalesce(sum(memory_mb) filter (where server_id = ${serverId}), 0)::float8 as memory_mb,
      count(*)::integer as workspaces
    from ${held}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a sum has one row');
  return row;
}

export interface ServerTaken {
  id: ServerId;
  name: string;
  takes_work: boolean;
  total_cpu: number;
  total_memory_mb: number;
  taken_cpu: number;
  taken_memory_mb: number;
}

/** Every server with what workspaces and slots hold there. */
export async function listServersTaken(db: Db): Promise<ServerTaken[]> {
  const { rows } = await sql<ServerTaken>`
    select server.id, server.name,
      least(server.total_cpu, (server.facts->>'cpus')::float8) as total_cpu,
      least(server.total_memory_mb, (server.facts->>'memory_mb')::float8) as total_memory_mb,
      server.admin_status = 'active' and server.observed_status = 'ready' as takes_work,
      coalesce(sum(held.cpu), 0)::float8 as taken_cpu,
      coalesce(sum(held.memory_mb), 0)::float8 as taken_memory_mb
    from server left join ${held} on held.server_id = server.id
    group by server.id order by server.id`.execute(db);
  return rows;
}

export async function countTaken(db: Db): Promise<number> {
  const { rows } = await sql<{ taken: number }>`select count(*)::integer as taken from ${held}`.execute(db);
  return rows[0]?.taken ?? 0;
}

/** Reservations happen one after the other. @returns how many workspaces may run. */
export async function holdFleet(tx: Tx): Promise<number> {
  const row = await tx.selectFrom('fleet').select('max_workspaces').forUpdate().executeTakeFirstOrThrow();
  return row.max_workspaces;
}

/** Whose the containers are that began as slots; undefined stands for a slot that is still one. */
export async function findOwners(
  tx: Tx,
  keys: readonly string[],
): Promise<{ storage_key: string; workspace_id: WorkspaceId | null }[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ storage_key: string; workspace_id: WorkspaceId | null }>`
    select storage_key, id as workspace_id from workspace where storage_key = any(${keys})
    union all
    select storage_key, null from pool_slot where storage_key = any(${keys})`.execute(tx);
  return rows;
}
