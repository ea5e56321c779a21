import { randomUUID } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { KeepPoolResult, ObserveSlotInput, SlotRecord } from '@podex/contracts/internal/pool';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import { type ContainerIndex, isAlive } from '../containers/container-index.ts';
import type { ServerRegistry } from '../servers/server-registry.ts';
import type { Versions } from './current-versions.ts';
import { type PlannedServer, type PlannedSlot, type PoolStep, planPool, type SlotKind } from './plan.ts';
import type { SlotLinks } from './slot-links.ts';
import type { Slots } from './slots.ts';

const WAIT_MS = 4_000;
/** While there is no slot, and none is wanted. */
const EMPTY_WAIT_MS = 24_000;
const LEAVE_TIMEOUT_MS = 2_000;
const MAX_PAUSE_MS = 3_000;
const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 300_000;
/** Before a step on a slot that failed is tried again. */
const STEP_PAUSE_MS = 10_000;

export interface PoolKeeperOptions {
  api: Pick<ApiClient, 'keepPool' | 'addSlot' | 'observeSlot'>;
  servers: ServerRegistry;
  index: ContainerIndex;
  slots: Slots;
  links: SlotLinks;
  versions: Versions;
  kind: SlotKind;
  /** Of the variable; a setting stands above it. */
  size: number;
  /** Resolves when nobody waits for a workspace, or after a while. */
  untilQuiet: (signal: AbortSignal) => Promise<void>;
  background: Background;
  logger: Logger;
}

interface Failures {
  count: number;
  notBeforeMs: number;
}

/**
 * Keeps the warm pool: compares what is there with what is wanted, fills and removes. One compute does at a time, by a lease; the others
 * only hold links to the slots. What it remembers only saves work: another goes on from the rows and the engines.
 */
export class PoolKeeper {
  readonly #options: PoolKeeperOptions;
  readonly #busy = new Map<string, { serverId: ServerId; work: 'add' | 'fill' | 'other' }>();
  readonly #notBefore = new Map<string, number>();
  readonly #failures = new Map<ServerId, Failures>();
  #leaseToken: string | null = null;
  #seen: string | null = null;
  #poolId = '';
  #isEmpty = false;
  #counts: Record<string, number> = {};

  constructor(options: PoolKeeperOptions) {
    this.#options = options;
  }

  /** Slots by status, as this compute saw them last. */
  get counts(): Record<string, number> {
    return this.#counts;
  }

  start(): void {
    const { background } = this.#options;
    background.loop('pool', (signal) => this.#keep(signal), { maxPauseMs: MAX_PAUSE_MS });
  }

  /** Of a compute that stops: another may keep the pool a few seconds from now, and not after the lease. */
  async leave(): Promise<void> {
    if (this.#leaseToken === null) return;
    const { api, logger } = this.#options;
    // The lease lasts as long as its keeper says that it waits.
    try {
      await api.keepPool(this.#asked(0), AbortSignal.timeout(LEAVE_TIMEOUT_MS));
    } catch (error) {
      logger.warn({ err: error }, 'pool.leave_failed');
    }
  }

  #asked(waitMs: number) {
    const { kind, size } = this.#options;
    return { lease_token: this.#leaseToken, seen: this.#seen, wait_ms: waitMs, ...kind, slots: size };
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { api, links, versions } = this.#options;
    const state = await api.keepPool(this.#asked(this.#isEmpty ? EMPTY_WAIT_MS : WAIT_MS), signal);
    this.#isEmpty = state.wanted === 0 && state.slots.length === 0 && this.#busy.size === 0;
    if ((this.#leaseToken === null) !== (state.lease_token === null)) {
      this.#options.logger.info({ keeps: state.lease_token !== null }, 'pool.lease');
    }
    this.#leaseToken = state.lease_token;
    this.#seen = state.seen;
    this.#poolId = state.pool_id;
    this.#counts = countByStatus(state.slots);
    links.visit(state.slots);
    if (state.lease_token === null) return;
    if (state.wanted > 0) versions.look(state.servers.map(({ id }) => id));
    for (const step of planPool(this.#planned(state))) this.#take(step, state.lease_token);
    this.#removeStrays(state);
  }

  #planned(state: KeepPoolResult) {
    const { kind, links, servers, versions } = this.#options;
    const ended = new Set(state.slots.filter((slot) => this.#hasEnded(slot)).map((slot) => slot.storage_key));
    const slots = state.slots.map(
      (slot): PlannedSlot => ({
        storageKey: slot.storage_key,
        serverId: slot.server_id,
        image: slot.image,
        size: slot.size,
        status: slot.status,
        isAlive: !ended.has(slot.storage_key) && !links.isSilent(slot.storage_key),
        imageId: slot.image_id,
        version: slot.version,
      }),
    );
    const planned = state.servers.map((server): PlannedServer => {
      const monitor = servers.find(server.id);
      const { status, mustPass } = monitor?.health ?? { status: 'unreachable', mustPass: true };
      return {
        id: server.id,
        takesWork: server.takes_work && (status === 'ready' || status === 'pending') && monitor !== undefined,
        isHeldBack: server.is_held_back,
        isReachable: monitor?.isReachable === true,
        mayFill: status === 'ready' && !mustPass && this.#mayFill(server.id),
        totalCpu: server.total_cpu,
        totalMemoryMb: server.total_memory_mb,
        totalDiskGb: server.total_disk_gb,
        freeCpu: server.free_cpu,
        freeMemoryMb: server.free_memory_mb,
        freeDiskGb: server.free_disk_gb,
        current: versions.of(server.id),
      };
    });
    const known = new Set(state.slots.map((slot) => slot.storage_key));
    const adding = [...this.#busy].flatMap(([key, { serverId, work }]) =>
      work === 'add' && !known.has(key) ? [serverId] : [],
    );
    const freeWorkspaces = state.free_workspaces;
    return { wanted: state.wanted, kind, freeWorkspaces, slots, adding, servers: planned };
  }

  /** A listing may be older than the slot, or not have come yet. */
  #hasEnded({ storage_key: key, server_id: serverId }: SlotRecord): boolean {
    const { index, links } = this.#options;
    if (links.isOpen(key) || !index.hasListed(serverId)) return false;
    const slot = index.slotsOf(serverId).find(({ storageKey }) => storageKey === key);
    return slot === undefined || !isAlive(slot.state);
  }

  #mayFill(serverId: ServerId): boolean {
    const isFilling = [...this.#busy.values()].some(
      (busy) => busy.serverId === serverId && busy.work !== 'other',
    );
    return !isFilling && performance.now() >= (this.#failures.get(serverId)?.notBeforeMs ?? 0);
  }

  #take(step: PoolStep, leaseToken: string): void {
    if (step.kind === 'add') {
      const { kind } = this.#options;
      const slot = { storageKey: randomUUID(), serverId: step.serverId, ...kind };
      this.#begin(slot, 'add', (signal) => this.#add(slot, leaseToken, signal));
      return;
    }
    const { slot } = step;
    if (step.kind === 'fill') this.#begin(slot, 'fill', (signal) => this.#fill(slot, leaseToken, signal));
    if (step.kind === 'remove')
      this.#begin(slot, 'other', (signal) => this.#remove(slot, leaseToken, signal));
    if (step.kind === 'give_up') {
      this.#begin(slot, 'other', () => this.#giveUp(slot, step.reason, leaseToken));
    }
  }

  #begin(slot: Slot, kind: 'add' | 'fill' | 'other', work: (signal: AbortSignal) => Promise<void>): void {
    const { background, logger } = this.#options;
    const { storageKey, serverId } = slot;
    if (this.#busy.has(storageKey) || performance.now() < (this.#notBefore.get(storageKey) ?? 0)) return;
    this.#notBefore.delete(storageKey);
    this.#busy.set(storageKey, { serverId, work: kind });
    background.run(`slot ${storageKey}`, async (signal) => {
      try {
        await work(signal);
      } catch (error) {
        // A workspace has it, or another compute keeps the pool: what is so now is seen next.
        if (signal.aborted || PodexError.has(error, 'conflict')) return;
        this.#notBefore.set(storageKey, performance.now() + STEP_PAUSE_MS);
        logger.warn({ err: error, server_id: serverId, storage_key: storageKey }, 'pool.step_failed');
      } finally {
        this.#busy.delete(storageKey);
        // Nothing may have changed at api, and this slot still needs its next step.
        this.#seen = null;
      }
    });
  }

  async #add(slot: Slot, leaseToken: string, signal: AbortSignal): Promise<void> {
    const { api, untilQuiet } = this.#options;
    await untilQuiet(signal);
    const { storageKey: storage_key, serverId: server_id, image, size } = slot;
    try {
      await api.addSlot({ lease_token: leaseToken, storage_key, server_id, image, size });
    } catch (error) {
      if (!PodexError.has(error, 'limit_reached')) throw error;
      this.#backOff(slot.serverId);
      return;
    }
    await this.#fill(slot, leaseToken, signal);
  }

  async #fill(slot: Slot, leaseToken: string, signal: AbortSignal): Promise<void> {
    const { servers, slots, logger } = this.#options;
    const { storageKey, serverId } = slot;
    const startedAt = performance.now();
    try {
      const engine = await (await servers.get(serverId)).engine();
      const filled = await slots.fill(engine, { ...slot, poolId: this.#poolId }, signal);
      await this.#observe(storageKey, leaseToken, {
        status: 'ready',
        container_id: filled.containerId,
        image_id: filled.imageId,
        version: filled.version,
      });
      this.#failures.delete(serverId);
      const duration_ms = Math.round(performance.now() - startedAt);
      logger.info({ server_id: serverId, storage_key: storageKey, duration_ms }, 'pool.slot_ready');
    } catch (error) {
      if (signal.aborted || PodexError.has(error, 'conflict')) throw error;
      this.#backOff(serverId);
      const failure = (error instanceof Error ? error.message : String(error)).slice(0, 2000);
      logger.warn({ err: error, server_id: serverId, storage_key: storageKey }, 'pool.fill_failed');
      await this.#observe(storageKey, leaseToken, { status: 'removing', failure });
    }
  }

  async #giveUp({ storageKey, serverId }: Slot, reason: string, leaseToken: string): Promise<void> {
    await this.#observe(storageKey, leaseToken, { status: 'removing' });
    const fields = { server_id: serverId, storage_key: storageKey, reason };
    this.#options.logger.info(fields, 'pool.slot_given_up');
  }

  async #remove({ storageKey, serverId }: Slot, leaseToken: string, signal: AbortSignal): Promise<void> {
    const { servers, slots } = this.#options;
    const engine = await (await servers.get(serverId)).engine();
    await slots.remove(engine, storageKey, signal);
    await this.#observe(storageKey, leaseToken, { status: 'removed' });
  }

  /** A row is there before its container: one without was left by a server’s registration that is gone. */
  #removeStrays(state: KeepPoolResult): void {
    const { servers, slots, index, kind } = this.#options;
    const known = new Set(state.slots.map((slot) => slot.storage_key));
    for (const { id } of state.servers) {
      for (const { poolId, storageKey, isStray } of index.slotsOf(id)) {
        if (!isStray || poolId !== state.pool_id || known.has(storageKey)) continue;
        this.#begin({ storageKey, serverId: id, ...kind }, 'other', async (signal) => {
          await slots.remove(await (await servers.get(id)).engine(), storageKey, signal);
        });
      }
    }
  }

  #backOff(serverId: ServerId): void {
    const count = (this.#failures.get(serverId)?.count ?? 0) + 1;
    const pauseMs = backoffMs(count - 1, FIRST_BACKOFF_MS, MAX_BACKOFF_MS);
    this.#failures.set(serverId, { count, notBeforeMs: performance.now() + pauseMs });
  }

  async #observe(
    storageKey: string,
    leaseToken: string,
    seen: Pick<ObserveSlotInput, 'status'> & Partial<ObserveSlotInput>,
  ): Promise<void> {
    const nothing = { container_id: null, image_id: null, version: null, failure: null };
    await this.#options.api.observeSlot(storageKey, { lease_token: leaseToken, ...nothing, ...seen });
  }
}

type Slot = Pick<PlannedSlot, 'storageKey' | 'serverId' | 'image' | 'size'>;

function countByStatus(slots: readonly SlotRecord[]): Record<string, number> {
  const counts: Record<string, number> = { filling: 0, ready: 0, removing: 0 };
  for (const { status } of slots) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
