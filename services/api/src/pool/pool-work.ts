import { createHash } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type {
  AddSlotInput,
  KeepPoolInput,
  KeepPoolResult,
  ObserveSlotInput,
  SlotRecord,
} from '@podex/contracts/internal/pool';
import { promisedSizes } from '@podex/contracts/placement';
import type { SettingValues } from '@podex/contracts/settings';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { Db } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { longPoll } from '../events/long-poll.ts';
import type { Wakeups } from '../events/wakeup.ts';
import { getMaxWorkspaces } from '../servers/capacity-store.ts';
import { findServer } from '../servers/server-store.ts';
import { shownServerStatus, usableSizes } from '../servers/server-view.ts';
import { POOL_CHANNEL } from './pool-channel.ts';
import { SPARE_ROOM } from './pool-room.ts';
import {
  countTaken,
  deleteSlot,
  findPool,
  holdFleet,
  holdLease,
  insertSlot,
  KEEPER_LEASE_MS,
  leasePool,
  listServersTaken,
  listSlots,
  markReady,
  markRemoving,
  msUntilLeaseEnds,
  recordFailure,
  type SlotRow,
  sumTaken,
} from './pool-store.ts';

/** Of the lease: how long its keeper may wait for news before it renews it. */
const RENEW_WITHIN = 0.4;

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
    const waitMs = hadLease ? Math.min(input.wait_ms, KEEPER_LEASE_MS * RENEW_WITHIN) : input.wait_ms;
    const news = await longPoll({
      wakeups,
      channel: POOL_CHANNEL,
      waitMs: leaseToken !== undefined && leaseToken !== input.lease_token ? 0 : waitMs,
      signal,
      attempt: async () => {
        leaseToken ??= await leasePool(db, input);
        const state = await this.#state(input.slots);
        return state.seen === input.seen && hadLease === (leaseToken !== undefined) ? undefined : state;
      },
      msUntilNext: async () => (hadLease ? undefined : msUntilLeaseEnds(db)),
    });
    return { lease_token: leaseToken ?? null, ...(news ?? (await this.#state(input.slots))) };
  }

  /** @throws PodexError conflict, limit_reached. */
  async add(input: AddSlotInput): Promise<void> {
    await this.#transact(input.lease_token, async (work) => {
      const { tx } = work;
      const maxWorkspaces = await holdFleet(tx);
      const server = await findServer(tx, input.server_id);
      if (server === undefined || shownServerStatus(server) !== 'ready') {
        throw new PodexError('conflict', 'The server takes no workspaces at present.', {});
      }
      const { cpu, memory_mb: memoryMb } = WORKSPACE_SIZES[input.size];
      const taken = await sumTaken(tx, input.server_id);
      const { values } = this.#options.settings;
      const promised = promisedSizes(usableSizes(server), values);
      requireRoom('cpu', promised.cpu, taken.cpu + cpu + SPARE_ROOM.cpu);
      requireRoom('memory_mb', promised.memory_mb, taken.memory_mb + memoryMb + SPARE_ROOM.memory_mb);
      requireRoom('max_workspaces', values.max_workspaces ?? maxWorkspaces, taken.workspaces + 2);
      await insertSlot(tx, input, { cpu, memoryMb });
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

  async #transact(leaseToken: string, act: (work: Work) => Promise<void>): Promise<void> {
    await this.#options.transact(async (work) => {
      if (!(await holdLease(work.tx, leaseToken))) {
        throw new PodexError('conflict', 'Another compute keeps the warm pool by now.', {});
      }
      await act(work);
      work.wake(POOL_CHANNEL);
    });
  }

  async #state(variable: number): Promise<Omit<KeepPoolResult, 'lease_token'>> {
    const { db, settings } = this.#options;
    const [slots, servers, taken, maxWorkspaces] = [
      (await listSlots(db)).map(toSlotRecord),
      await listServersTaken(db),
      await countTaken(db),
      await getMaxWorkspaces(db),
    ];
    const state = {
      pool_id: (await findPool(db)).instance,
      wanted: settings.values.warm_pool_size ?? variable,
      free_workspaces: Math.max(0, (settings.values.max_workspaces ?? maxWorkspaces) - taken),
      slots,
      servers: servers.map(({ taken_cpu, taken_memory_mb, name: _name, ...server }) => {
        const usable = {
          usable_cpu: server.total_cpu,
          usable_memory_mb: server.total_memory_mb,
          usable_disk_gb: 0,
        };
        const promised = promisedSizes(usable, settings.values);
        return {
          ...server,
          total_cpu: promised.cpu,
          total_memory_mb: promised.memory_mb,
          free_cpu: promised.cpu - taken_cpu,
          free_memory_mb: promised.memory_mb - taken_memory_mb,
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
