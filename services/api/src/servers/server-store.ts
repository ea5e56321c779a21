import type { DrainProgress } from '@podex/contracts/drains';
import type { ServerId } from '@podex/contracts/ids';
import type {
  localServerInput,
  ObserveServerInput,
  ServerProgressInput,
} from '@podex/contracts/internal/compute';
import type { PageQuery } from '@podex/contracts/pagination';
import type { CreateServerInput, UpdateServerInput } from '@podex/contracts/servers';
import { type NotNull, type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { Db, Tx } from '../database/connect.ts';
import type { Server } from '../database/generated/rows.ts';
import { diskGbOf } from '../database/size-sums.ts';
import { toJson } from '../database/storable.ts';
import { drainOfServer } from './drain-store.ts';

// Owns table: server. Sums over its workspaces are read beside it.

export type ServerRow = Selectable<Server> & {
  workspaces: number;
  reserved_cpu: number;
  reserved_memory_mb: number;
  drain: DrainProgress | null;
  reserved_disk_gb: number;
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
            sql<number>`coalesce(sum(${diskGbOf('workspace.size')}), 0)::float8`.as('reserved_disk_gb'),
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
      drainOfServer.as('drain'),
      sql<number>`held.reserved_disk_gb`.as('reserved_disk_gb'),
    ]);
}

const REGISTRATIONS_LOCK = 7_301_002;

/** Until the end of the transaction nobody else registers a server or changes where one stands. */
export async function lockRegistrations(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(REGISTRATIONS_LOCK)})`.execute(tx);
}

export async function insertServer(tx: Tx, id: ServerId, input: CreateServerInput): Promise<void> {
  const { labels = {}, ...fields } = input;
  await tx
    .insertInto('server')
    .values({ id, ...fields, labels: toJson(labels) })
    .execute();
}

export async function findServer(db: Db | Tx, id: ServerId): Promise<ServerRow | undefined> {
  return selectServers(db).where('server.id', '=', id).executeTakeFirst();
}

export async function findServerIdByName(db: Db | Tx, name: string): Promise<ServerId | undefined> {
  const row = await db.selectFrom('server').select('id').where('name', '=', name).executeTakeFirst();
  return row?.id;
}

/** Of those reached over TLS: the engine beside compute has no address. */
export async function findServerAt(
  tx: Tx,
  { hostname, docker_port: port }: Pick<ServerRow, 'hostname' | 'docker_port'>,
): Promise<Pick<ServerRow, 'id' | 'name'> | undefined> {
  return tx
    .selectFrom('server')
    .select(['id', 'name'])
    .where('docker_socket', 'is', null)
    .where(sql`lower(hostname)`, '=', hostname.toLowerCase())
    .where('docker_port', '=', port)
    .executeTakeFirst();
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

/** Where servers stand that their operator does not hold back. */
export async function listRegions(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('server')
    .select('region')
    .distinct()
    .where('region', 'is not', null)
    .where('admin_status', '=', 'active')
    .orderBy('region')
    .$narrowType<{ region: NotNull }>()
    .execute();
  return rows.map(({ region }) => region);
}

/** Holds the row to the end of the transaction. @returns false when there is none. */
export async function lockServer(tx: Tx, id: ServerId): Promise<boolean> {
  const row = await tx.selectFrom('server').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  return row !== undefined;
}

/** As lockServer, for what does not change whether the server takes work: slots of it may be taken meanwhile. */
export async function holdServer(tx: Tx, id: ServerId): Promise<boolean> {
  const query = tx.selectFrom('server').select('id').where('id', '=', id).forNoKeyUpdate();
  return (await query.executeTakeFirst()) !== undefined;
}

/** Who names others does without those that Podex made. */
const CERTIFICATE_PATHS = ['tls_ca_path', 'tls_cert_path', 'tls_key_path'];

/** Labels and region say nothing about whether it works. Any other change counts for nothing until compute has checked it. */
export async function updateServer(tx: Tx, id: ServerId, changes: UpdateServerInput): Promise<void> {
  const { labels, region, ...registration } = changes;
  const given = Object.fromEntries(Object.entries(registration).filter(([, value]) => value !== undefined));
  const isDescribed = labels !== undefined || region !== undefined;
  if (isDescribed) {
    await tx
      .updateTable('server')
      .set({
        ...(labels === undefined ? {} : { labels: toJson(labels) }),
        ...(region === undefined ? {} : { region }),
      })
      .where('id', '=', id)
      .execute();
  }
  if (isDescribed && Object.keys(given).length === 0) return;
  await tx
    .updateTable('server')
    .set({
      ...given,
      ...(CERTIFICATE_PATHS.some((name) => given[name] !== undefined) ? { enrolled_at: null } : {}),
      version: sql<number>`version + 1`,
      observed_status: 'pending',
      reason: null,
    })
    .where('id', '=', id)
    .execute();
}

/** Its certificates are those of compute’s own authority from now on, and its engine the one that it names, else the next good one. */
export async function markEnrolled(tx: Tx, id: ServerId, engineId: string | undefined): Promise<void> {
  await tx
    .updateTable('server')
    .set({ enrolled_at: sql<Date>`now()`, engine_id: engineId ?? null })
    .where('id', '=', id)
    .execute();
}

/** The engine that passes its preflight next is the right one. */
export async function forgetEngine(tx: Tx, id: ServerId): Promise<void> {
  await tx.updateTable('server').set({ engine_id: null }).where('id', '=', id).execute();
}

/** Asks compute to check the server. */
export async function raiseServerVersion(tx: Tx, id: ServerId): Promise<void> {
  await tx
    .updateTable('server')
    .set({ version: sql<number>`version + 1`, progress: toJson([]) })
    .where('id', '=', id)
    .execute();
}

export async function setAdminStatus(
  tx: Tx,
  id: ServerId,
  status: 'active' | 'draining' | 'maintenance',
): Promise<void> {
  await tx
    .updateTable('server')
    .set({
      admin_status: status,
      // Said again it does not begin again.
      draining_since:
        status === 'draining'
          ? sql<Date>`case when admin_status = 'draining' then draining_since else now() end`
          : null,
    })
    .where('id', '=', id)
    .execute();
}

export async function deleteServer(tx: Tx, id: ServerId): Promise<void> {
  await tx.deleteFrom('server').where('id', '=', id).execute();
}

/** Ignored once the check has ended. */
export async function recordServerProgress(tx: Tx, id: ServerId, input: ServerProgressInput): Promise<void> {
  await tx
    .updateTable('server')
    .set({ progress: toJson(input.checks) })
    .where('id', '=', id)
    .where('version', '=', input.version)
    .where('checked_version', '<', input.version)
    .execute();
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
      progress: null,
      // A server that is silent now keeps what it said before.
      ...(input.checks.length === 0 ? {} : { checks: toJson(input.checks) }),
      ...(input.facts === null ? {} : { facts: toJson(input.facts) }),
      ...(input.status === 'unreachable' ? {} : { last_seen_at: sql<Date>`now()` }),
      ...(input.status === 'ready' && input.facts?.engine_id !== undefined
        ? { engine_id: sql<string>`coalesce(engine_id, ${input.facts.engine_id})` }
        : {}),
    })
    .where('id', '=', id)
    .execute();
}

/**
 * The engine beside compute: known by its socket, or by its name when the socket has moved. Its size follows the machine. When
 * another server has the name, it gets one of its own.
 */
export async function upsertLocalServer(
  tx: Tx,
  id: ServerId,
  input: z.output<typeof localServerInput>,
): Promise<ServerId> {
  const known = await tx
    .selectFrom('server')
    .select(['id', 'name', 'docker_socket'])
    .where((where) =>
      where.or([where('docker_socket', '=', input.docker_socket), where('name', '=', input.name)]),
    )
    .orderBy(sql`docker_socket is not distinct from ${input.docker_socket}`, 'desc')
    .forUpdate()
    .execute();
  const { name: wantedName, ...engine } = input;
  const own = known.find((server) => server.docker_socket !== null);
  if (own !== undefined) {
    await updateLocalServer(tx, own, engine);
    return own.id;
  }
  const name = known.length === 0 ? wantedName : `${wantedName}-${id.slice(-6)}`;
  await tx
    .insertInto('server')
    .values({ id, name, hostname: 'localhost', docker_port: 0, ...engine })
    .execute();
  return id;
}

async function updateLocalServer(
  tx: Tx,
  server: Pick<ServerRow, 'id' | 'docker_socket'>,
  engine: Omit<z.output<typeof localServerInput>, 'name'>,
): Promise<void> {
  const hasMoved = server.docker_socket !== engine.docker_socket;
  await tx
    .updateTable('server')
    .set({ ...engine, ...(hasMoved ? { version: sql<number>`version + 1` } : {}) })
    .where('id', '=', server.id)
    .execute();
}
