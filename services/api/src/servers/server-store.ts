import type { ServerId } from '@podex/contracts/ids';
import type { localServerInput, ObserveServerInput } from '@podex/contracts/internal/compute';
import type { PageQuery } from '@podex/contracts/pagination';
import type { CreateServerInput } from '@podex/contracts/servers';
import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { Db, Tx } from '../database/connect.ts';
import type { Server } from '../database/generated/rows.ts';
import { toJson } from '../database/storable.ts';

// Owns table: server. Sums over its workspaces are read beside it.

export type ServerRow = Selectable<Server> & {
  workspaces: number;
  reserved_cpu: number;
  reserved_memory_mb: number;
};

function selectServers(db: Db | Tx) {
  return db
    .selectFrom('server')
    .leftJoinLateral(
      (query) =>
        query
          .selectFrom('workspace')
          .select([
            sql<number>`count(*)::integer`.as('workspaces'),
            sql<number>`coalesce(sum(workspace.reserved_cpu), 0)`.as('reserved_cpu'),
            sql<number>`coalesce(sum(workspace.reserved_memory_mb), 0)::float8`.as('reserved_memory_mb'),
          ])
          .whereRef('workspace.server_id', '=', 'server.id')
          .where('workspace.status', '<>', 'deleted')
          .as('held'),
      (join) => join.onTrue(),
    )
    .selectAll('server')
    .select([
      sql<number>`held.workspaces`.as('workspaces'),
      sql<number>`held.reserved_cpu`.as('reserved_cpu'),
      sql<number>`held.reserved_memory_mb`.as('reserved_memory_mb'),
    ]);
}

/** False when the name is taken. */
export async function insertServer(tx: Tx, id: ServerId, input: CreateServerInput): Promise<boolean> {
  const row = await tx
    .insertInto('server')
    .values({ id, ...input })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function findServer(db: Db | Tx, id: ServerId): Promise<ServerRow | undefined> {
  return selectServers(db).where('server.id', '=', id).executeTakeFirst();
}

export async function findServerIdByName(db: Db | Tx, name: string): Promise<ServerId | undefined> {
  const row = await db.selectFrom('server').select('id').where('name', '=', name).executeTakeFirst();
  return row?.id;
}

export async function listServers(db: Db, page: PageQuery): Promise<ServerRow[]> {
  let query = selectServers(db);
  if (page.after !== undefined) query = query.where(sql<boolean>`server.id > ${page.after}`);
  return query
    .orderBy('server.id')
    .limit(page.limit + 1)
    .execute();
}

export async function listAllServers(db: Db): Promise<ServerRow[]> {
  return selectServers(db).orderBy('server.id').execute();
}

/** Holds the row to the end of the transaction. @returns false when there is none. */
export async function lockServer(tx: Tx, id: ServerId): Promise<boolean> {
  const row = await tx.selectFrom('server').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  return row !== undefined;
}

type ServerChanges = { [Name in keyof CreateServerInput]?: CreateServerInput[Name] | undefined };

/** A changed registration counts for nothing until compute has checked it. */
export async function updateServer(tx: Tx, id: ServerId, changes: ServerChanges): Promise<void> {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  await tx
    .updateTable('server')
    .set({ ...given, version: sql<number>`version + 1`, observed_status: 'pending', reason: null })
    .where('id', '=', id)
    .execute();
}

/** Asks compute to check the server. */
export async function raiseServerVersion(tx: Tx, id: ServerId): Promise<void> {
  await tx.updateTable('server').set({ version: sql<number>`version + 1` }).where('id', '=', id).execute();
}

export async function setAdminStatus(
  tx: Tx,
  id: ServerId,
  status: 'active' | 'draining' | 'maintenance',
): Promise<void> {
  await tx.updateTable('server').set({ admin_status: status }).where('id', '=', id).execute();
}

export async function deleteServer(tx: Tx, id: ServerId): Promise<void> {
  await tx.deleteFrom('server').where('id', '=', id).execute();
}

export async function recordServerObservation(
  tx: Tx,
  id: ServerId,
  input: ObserveServerInput,
): Promise<void> {
  await tx
    .updateTable('server')
    .set({
      observed_status: input.status,
      reason: input.reason,
      checked_version: input.version,
      // A server that is silent now keeps what it said before.
      ...(input.checks.length === 0 ? {} : { checks: toJson(input.checks) }),
      ...(input.facts === null ? {} : { facts: toJson(input.facts) }),
      ...(input.status === 'unreachable' ? {} : { last_seen_at: sql<Date>`now()` }),
    })
    .where('id', '=', id)
    .execute();
}

/** The engine beside compute, by its socket: made once, then only its size follows the machine. */
export async function upsertLocalServer(
  tx: Tx,
  id: ServerId,
  input: z.output<typeof localServerInput>,
): Promise<ServerId> {
  const size = {
    total_cpu: input.total_cpu,
    total_memory_mb: input.total_memory_mb,
    total_disk_gb: input.total_disk_gb,
  };
  const row = await tx
    .insertInto('server')
    .values({
      id,
      name: input.name,
      hostname: 'localhost',
      docker_port: 0,
      docker_socket: input.docker_socket,
      ...size,
    })
    .onConflict((conflict) => conflict.column('docker_socket').doUpdateSet(size))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
