import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { AddSlotInput, KeepPoolInput, ObserveSlotInput } from '@podex/contracts/internal/pool';
import type { RegionMatch, RequiredLabels, Sizes } from '@podex/contracts/placement';
import type { WorkspaceSize } from '@podex/contracts/workspaces';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Pool, PoolSlot } from '../database/generated/rows.ts';
import { diskGbOf } from '../database/size-sums.ts';
import { toJson, toText } from '../database/storable.ts';

// Owns tables: pool, pool_slot. What workspaces hold is read beside them.

const SHORTEST_LEASE_MS = 10_000;
/** So that a keeper renews its lease several times within it. */
const LEASE_OF_WAIT = 2.5;

/** Another compute takes over when it ends: the sooner, the more often this one says that it lives. */
export function keeperLeaseMs({ wait_ms: waitMs }: Pick<KeepPoolInput, 'wait_ms'>): number {
  return Math.max(SHORTEST_LEASE_MS, waitMs * LEASE_OF_WAIT);
}

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
      lease_expires_at: sql<Date>`now() + make_interval(secs => ${keeperLeaseMs(input) / 1000})`,
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

/** What workers of these instances hold, but for one: they are known to be dead. @returns whether one had the lease. */
export async function releasePoolLease(
  tx: Tx,
  instances: readonly string[],
  exceptId: string,
): Promise<boolean> {
  if (instances.length === 0) return false;
  const released = await tx
    .updateTable('pool')
    .set({ lease_token: null, lease_expires_at: null })
    .where('lease_token', 'is not', null)
    .where('keeper_id', '<>', exceptId)
    .where(sql<boolean>`split_part(keeper_id, '/', 1) in (${sql.join(instances)})`)
    .executeTakeFirstOrThrow();
  return released.numUpdatedRows > 0n;
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

export interface WantedSlot {
  /** null: what slots are made of. */
  image: string | null;
  size: WorkspaceSize;
  region: string | null;
  regionMatch: RegionMatch;
  labels: RequiredLabels;
}

/**
 * Takes a ready slot out of the pool, for the caller’s workspace. Never the same twice: the row is locked until it is gone. A server that
 * is being changed is waited for, and looked at again.
 */
export async function claimSlot(tx: Tx, wanted: WantedSlot): Promise<SlotRow | undefined> {
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
        .where(sql<boolean>`server.labels @> ${toJson(wanted.labels)}::jsonb`)
        .where((where) =>
          wanted.region === null || wanted.regionMatch === 'preferred'
            ? where.lit(true)
            : where('server.region', '=', wanted.region),
        )
        .orderBy(sql`server.region is not distinct from ${wanted.region}`, 'desc')
        .orderBy('pool_slot.ready_at')
        .limit(1)
        // By hand: the query builder puts `skip locked` last, where it is about the server.
        .modifyEnd(sql`for key share of server for update of pool_slot skip locked`),
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

export interface Taken extends Sizes {
  /** That run or start, or could be: over all servers. */
  workspaces: number;
}

/** In one statement: what a slot holds is its workspace’s in the same moment. */
const held = sql`(
  select server_id, reserved_cpu as cpu, reserved_memory_mb as memory_mb, ${diskGbOf('size')} as disk_gb,
    (reserved_memory_mb > 0)::integer as workspaces
  from workspace where status <> 'deleted' and (server_id is not null or reserved_memory_mb > 0)
  union all
  select server_id, reserved_cpu, reserved_memory_mb, ${diskGbOf('size')}, 1 from pool_slot where status <> 'removing'
) as held`;

const sums = sql`
  coalesce(sum(cpu), 0)::float8 as cpu,
  coalesce(sum(memory_mb), 0)::float8 as memory_mb,
  coalesce(sum(disk_gb), 0)::float8 as disk_gb,
  coalesce(sum(workspaces), 0)::integer as workspaces`;

/** What workspaces and slots hold together: on the server, and how many over all. */
export async function sumTaken(tx: Tx, serverId: ServerId): Promise<Taken> {
  const rows = await listTaken(tx);
  const there = rows.find((row) => row.server_id === serverId) ?? { cpu: 0, memory_mb: 0, disk_gb: 0 };
  const workspaces = rows.reduce((total, row) => total + row.workspaces, 0);
  return { cpu: there.cpu, memory_mb: there.memory_mb, disk_gb: there.disk_gb, workspaces };
}

/** The same of each server where anything is held. */
export async function listTaken(db: Db | Tx): Promise<(Taken & { server_id: ServerId | null })[]> {
  const { rows } = await sql<Taken & { server_id: ServerId | null }>`
    select server_id, ${sums} from ${held} group by server_id`.execute(db);
  return rows;
}

/** Reservations happen one after the other. @returns how many workspaces may run. */
export async function holdFleet(tx: Tx): Promise<number> {
  const row = await tx.selectFrom('fleet').select('max_workspaces').forUpdate().executeTakeFirstOrThrow();
  return row.max_workspaces;
}

export interface SlotOwner {
  storage_key: string;
  workspace_id: WorkspaceId | null;
  /** Its server does not hold it to its network policy yet: nobody may reach into it. */
  is_pending: boolean;
}

/** Whose the containers of the server are that began as slots; null stands for a slot that is still one. */
export async function findOwners(tx: Tx, serverId: ServerId, keys: readonly string[]): Promise<SlotOwner[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<SlotOwner>`
    select storage_key, id as workspace_id, network_pending as is_pending
      from workspace where server_id = ${serverId} and storage_key = any(${keys})
    union all
    select storage_key, null, false
      from pool_slot where server_id = ${serverId} and storage_key = any(${keys})`.execute(tx);
  return rows;
}
