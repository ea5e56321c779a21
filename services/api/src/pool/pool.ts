import type { SlotStatus } from '@podex/contracts/internal/pool';
import type { Pool } from '@podex/contracts/pool';
import type { SettingValues } from '@podex/contracts/settings';
import { readClock } from '../database/clock.ts';
import type { Db } from '../database/connect.ts';
import { listAllServers } from '../servers/server-store.ts';
import { findPool, listSlots, type SlotRow } from './pool-store.ts';
import { nextChange, sizeNow } from './schedule.ts';

export interface PoolServiceOptions {
  db: Db;
  settings: { readonly values: Readonly<SettingValues> };
}

/** The warm pool, as admins look at it. They change its size by settings. */
export class PoolService {
  readonly #options: PoolServiceOptions;

  constructor(options: PoolServiceOptions) {
    this.#options = options;
  }

  async get(): Promise<Pool> {
    const { db, settings } = this.#options;
    const pool = await findPool(db);
    const slots = await listSlots(db);
    const servers = await listAllServers(db);
    const { failure, failed_at: failedAt } = pool;
    const now = new Date();
    const next = nextChange(settings.values, pool.slots, now);
    return {
      ...sizeNow(settings.values, pool.slots, now),
      schedule: settings.values.warm_pool_schedule,
      next_change: next === null ? null : { ...next, at: next.at.toISOString() },
      ...countsOf(slots),
      image: pool.image,
      size: pool.size,
      is_kept: pool.lease_expires_at !== null && pool.lease_expires_at > (await readClock(db)),
      servers: servers
        .map(({ id, name }) => ({
          server_id: id,
          name,
          ...countsOf(slots.filter((slot) => slot.server_id === id)),
        }))
        .filter(({ ready, filling, removing }) => ready + filling + removing > 0),
      last_failure:
        failure === null || failedAt === null
          ? null
          : { reason: failure, server_id: pool.failed_server_id, at: failedAt.toISOString() },
    };
  }
}

function countsOf(slots: readonly SlotRow[]): Record<SlotStatus, number> {
  const count = (status: SlotStatus) => slots.filter((slot) => slot.status === status).length;
  return { ready: count('ready'), filling: count('filling'), removing: count('removing') };
}
