import { createHash } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type {
  AddSlotInput,
  KeepPoolInput,
  KeepPoolResult,
  ObserveSlotInput,
  SlotRecord,
} from '@podex/contracts/internal/pool';
import { promisedSizes, type Sizes } from '@podex/contracts/placement';
import type { SettingValues } from '@podex/contracts/settings';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { Db } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { longPoll } from '../events/long-poll.ts';
import type { Wakeups } from '../events/wakeup.ts';
import { getMaxWorkspaces } from '../servers/capacity-store.ts';
import { findServer, listAllServers, type ServerRow } from '../servers/server-store.ts';
import { shownServerStatus, usableSizes } from '../servers/server-view.ts';
import { SERVER_WORK_CHANNEL } from '../servers/server-work-channel.ts';
import { SETTINGS_READ_CHANNEL } from '../settings/settings-channel.ts';
import { POOL_CHANNEL } from './pool-channel.ts';
import { SPARE_ROOM } from './pool-room.ts';
import {
  deleteSlot,
  findPool,
  holdFleet,
  holdLease,
  insertSlot,
  keeperLeaseMs,
  leasePool,
  listSlots,
  listTaken,
  markReady,
  markRemoving,
  msUntilLeaseEnds,
  recordFailure,
  type SlotRow,
  sumTaken,
} from './pool-store.ts';
import { sizeNow } from './schedule.ts';

/** Of the lease: how long its keeper may wait for news before it renews it. */
const RENEW_WITHIN = 0.4;

type PoolState = Omit<KeepPoolResult, 'lease_token'>;

export interface PoolWorkOptions {
  db: Db;
  wakeups: Wakeups;
  transact: Transact;
  settings: { readonly values: Readonly<SettingValues> };
}

/** The side of the warm pool that compute works on. */
export class PoolWork {
  readonly #options: PoolWorkOptions;

  constructor(options: PoolWorkOptions) {
    this.#options = options;
  }

  /** Waits until something differs from what the caller has seen. The lease goes to who asks first while nobody has it. */
  async keep(input: KeepPoolInput, signal: AbortSignal): Promise<KeepPoolResult> {
    const { db, wakeups } = this.#options;
    let leaseToken = await leasePool(db, input);
    const hadLease = leaseToken !== undefined;
    const waitMs = hadLease ? Math.min(input.wait_ms, keeperLeaseMs(input) * RENEW_WITHIN) : input.wait_ms;
    let state: PoolState | undefined;
    await longPoll({
      wakeups,
      channels: [POOL_CHANNEL, SERVER_WORK_CHANNEL, SETTINGS_READ_CHANNEL],
      waitMs: leaseToken !== undefined && leaseToken !== input.lease_token ? 0 : waitMs,
      signal,
      attempt: async () => {
        leaseToken ??= await leasePool(db, input);
        state = await this.#state(input.slots);
        return state.seen === input.seen && hadLease === (leaseToken !== undefined) ? undefined : state;
      },
      msUntilNext: async () => (hadLease ? undefined : msUntilLeaseEnds(db)),
    });
    return { lease_token: leaseToken ?? null, ...(state ?? (await this.#state(input.slots))) };
  }

  /** @throws PodexError conflict, limit_reached. */
  async add(input: AddSlotInput): Promise<void> {
    await this.#transact(input.lease_token, async (work) => {
      const { tx } = work;
      const { values } = this.#options.settings;
      const ofVariable = await holdFleet(tx);
      const server = await findServer(tx, input.server_id);
      if (server === undefined || shownServerStatus(server) !== 'ready') {
        throw new PodexError('conflict', 'The server takes no workspaces at present.', {});
      }
      const size = WORKSPACE_SIZES[input.size];
      const taken = await sumTaken(tx, input.server_id);
      const promised = this.#promised(server);
      for (const kind of ['cpu', 'memory_mb', 'disk_gb'] as const) {
        requireRoom(kind, promised[kind], taken[kind] + size[kind] + SPARE_ROOM[kind]);
      }
      requireRoom('max_workspaces', values.max_workspaces ?? ofVariable, taken.workspaces + 2);
      await insertSlot(tx, input, { cpu: size.cpu, memoryMb: size.memory_mb });
    });
  }

  /** @throws PodexError conflict when a workspace has the slot by now, or another compute keeps the pool. */
  async observe(key: string, input: ObserveSlotInput): Promise<void> {
    await this.#transact(input.lease_token, async ({ tx }) => {
      const serverId = await SEEN[input.status](tx, key, input);
      if (serverId === undefined) {
        throw new PodexError('conflict', 'The slot is a workspace’s by now, or is being removed.', {});
      }
      if (input.failure !== null) await recordFailure(tx, serverId, input.failure);
    });
  }

  #promised(server: ServerRow): Sizes {
    return promisedSizes(usableSizes(server), this.#options.settings.values);
  }

  async #transact(leaseToken: string, act: (work: Work) => Promise<void>): Promise<void> {
    await this.#options.transact(async (work) => {
      if (!(await holdLease(work.tx, leaseToken))) {
        throw new PodexError('conflict', 'Another compute keeps the warm pool by now.', {});
      }
      await act(work);
      work.wake(POOL_CHANNEL);
    });
  }

  async #state(variable: number): Promise<PoolState> {
    const { db, settings } = this.#options;
    const taken = await listTaken(db);
    const maxWorkspaces = settings.values.max_workspaces ?? (await getMaxWorkspaces(db));
    const state = {
      pool_id: (await findPool(db)).instance,
      wanted: sizeNow(settings.values, variable, new Date()).wanted,
      free_workspaces: Math.max(0, maxWorkspaces - taken.reduce((sum, row) => sum + row.workspaces, 0)),
      slots: (await listSlots(db)).map(toSlotRecord),
      servers: (await listAllServers(db)).map((server) => {
        const promised = this.#promised(server);
        const there = taken.find((row) => row.server_id === server.id);
        return {
          id: server.id,
          takes_work: shownServerStatus(server) === 'ready',
          is_held_back: server.admin_status !== 'active',
          total_cpu: promised.cpu,
          total_memory_mb: promised.memory_mb,
          total_disk_gb: promised.disk_gb,
          free_cpu: promised.cpu - (there?.cpu ?? 0),
          free_memory_mb: promised.memory_mb - (there?.memory_mb ?? 0),
          free_disk_gb: promised.disk_gb - (there?.disk_gb ?? 0),
        };
      }),
    };
    return { ...state, seen: createHash('sha256').update(JSON.stringify(state)).digest('base64url') };
  }
}

const SEEN = { ready: markReady, removing: markRemoving, removed: deleteSlot } as const;

/** @throws PodexError limit_reached. */
function requireRoom(limit: string, max: number, wanted: number): void {
  if (wanted <= max) return;
  throw new PodexError('limit_reached', `No room for a warm slot: ${limit} is ${max}.`, { limit, max });
}

function toSlotRecord(row: SlotRow): SlotRecord {
  const { storage_key, server_id, image, size, status, container_id, image_id, version } = row;
  return { storage_key, server_id, image, size, status, container_id, image_id, version };
}
