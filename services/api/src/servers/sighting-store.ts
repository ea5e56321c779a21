import type { ServerId } from '@podex/contracts/ids';
import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';

// Owns tables: compute_worker, server_sighting.

/** A compute asks for the servers at least every 6 seconds; one that has not for so long is dead, or cut off from api. */
const SILENT_AFTER_SECONDS = 15;
const FORGOTTEN_AFTER_SECONDS = 3_600;
/** It is written less often than it is heard of. */
const WRITTEN_EVERY_SECONDS = 3;

const isLive = sql<boolean>`seen_at > now() - make_interval(secs => ${SILENT_AFTER_SECONDS})`;

/** It has asked for the servers. */
export async function noteWorker(db: Db, workerId: string): Promise<void> {
  await sql`
    insert into compute_worker (id) values (${workerId})
    on conflict (id) do update set seen_at = now()
    where compute_worker.seen_at < now() - make_interval(secs => ${WRITTEN_EVERY_SECONDS})`.execute(db);
  await sql`
    delete from compute_worker
    where seen_at < now() - make_interval(secs => ${FORGOTTEN_AFTER_SECONDS})`.execute(db);
}

interface Sighting {
  workerId: string;
  version: number;
  isReached: boolean;
}

export async function recordSighting(tx: Tx, id: ServerId, sighting: Sighting): Promise<void> {
  const { workerId, version, isReached } = sighting;
  await tx
    .insertInto('compute_worker')
    .values({ id: workerId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const seen = { version, is_reached: isReached };
  await tx
    .insertInto('server_sighting')
    .values({ server_id: id, worker_id: workerId, ...seen })
    .onConflict((conflict) => conflict.columns(['server_id', 'worker_id']).doUpdateSet(seen))
    .execute();
}

/** The computes that live and reach the servers as they are registered now, by server. */
export async function listReaching(db: Db | Tx, only?: ServerId): Promise<ReadonlyMap<ServerId, string[]>> {
  let query = db
    .selectFrom('server_sighting')
    .innerJoin('server', 'server.id', 'server_sighting.server_id')
    .innerJoin('compute_worker', 'compute_worker.id', 'server_sighting.worker_id')
    .select(['server.id as server_id', 'server_sighting.worker_id'])
    .where('server_sighting.is_reached', '=', true)
    .whereRef('server_sighting.version', '=', 'server.version')
    .where(isLive);
  if (only !== undefined) query = query.where('server.id', '=', only);
  const workers = new Map<ServerId, string[]>();
  for (const row of await query.execute()) {
    workers.set(row.server_id, [...(workers.get(row.server_id) ?? []), row.worker_id]);
  }
  return workers;
}

/** Whether a workspace, in a query of them, is on a server that another compute reaches and this one does not. */
export function isForOthers(workerId: string): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from server_sighting own
    join server_sighting other on other.server_id = own.server_id and other.is_reached
    join compute_worker on compute_worker.id = other.worker_id
    where own.server_id = workspace.server_id and own.worker_id = ${workerId} and not own.is_reached and ${isLive})`;
}
