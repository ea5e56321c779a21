import type { SlotStatus } from '@podex/contracts/internal/pool';
import type { Pool } from '@podex/contracts/pool';
import type { SettingValues } from '@podex/contracts/settings';
import type { Db } from '../database/connect.ts';
import { findPool, listServersTaken, listSlots, type SlotRow } from './pool-store.ts';

export interface PoolServiceOptions {
  db: Db;
  settings: { readonly values: Readonly<SettingValues> };
}

/** The warm pool, as admins look at it. They change its size by a setting. */
export class PoolService {
  readonly #options: PoolServiceOptions;

  constructor(options: PoolServiceOptions) {
    this.#options = options;
  }

  async get(): Promise<Pool> {
    const { db, settings } = this.#options;
    const pool = await findPool(db);
    const slots = await listSlots(db);
    const servers = await listServersTaken(db);
    const { failure, failed_at: failedAt } = pool;
    return {
      wanted: settings.values.warm_pool_size ?? pool.slots,
      ...countsOf(slots),
      image: pool.image,
      size: pool.size,
      is_kept: pool.lease_expires_at !== null && pool.lease_expires_at.getTime() > Date.now(),
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
