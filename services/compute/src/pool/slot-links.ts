import type { ServerId } from '@podex/contracts/ids';
import { daemonHealth } from '@podex/contracts/internal/daemon';
import type { SlotRecord } from '@podex/contracts/internal/pool';
import type { Background } from '@podex/service-kit/background';
import { pause } from '@podex/service-kit/waiting';
import type { Freezers } from '../freezing/freezers.ts';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';

/** Well within the time after which a link that nobody uses is closed. */
const VISIT_EVERY_MS = 120_000;
const VISIT_AGAIN_MS = 10_000;
/** Another compute may freeze the slot while it is asked; it is thawed again with the next visit. */
const VISIT_TIMEOUT_MS = 5_000;
/** Visits without a response after which a slot is good for nobody. */
const MAX_UNANSWERED = 3;
/** What its daemon prepares ahead after the first command is there by then. */
const SETTLE_MS = 2_000;

interface Visited {
  containerId: string;
  nextMs: number;
  unanswered: number;
  /** Of the freezer, when it was frozen last; undefined: never here. */
  epoch: number | undefined;
  isAsking: boolean;
}

/**
 * Keeps a link to every ready slot open, in each compute, and the slot frozen: the compute that gets the workspace which takes it only
 * has to thaw it. Now and then it is thawed for a moment and asked how it is.
 */
export class SlotLinks {
  readonly #links: LinkPool;
  readonly #freezers: Pick<Freezers, 'rest' | 'wake' | 'epoch' | 'isUp'>;
  readonly #background: Background;
  readonly #isReachable: (id: ServerId) => boolean;
  readonly #visited = new Map<string, Visited>();

  constructor(options: {
    links: LinkPool;
    freezers: Pick<Freezers, 'rest' | 'wake' | 'epoch' | 'isUp'>;
    background: Background;
    isReachable: (id: ServerId) => boolean;
  }) {
    this.#links = options.links;
    this.#freezers = options.freezers;
    this.#background = options.background;
    this.#isReachable = options.isReachable;
  }

  visit(slots: readonly SlotRecord[]): void {
    const ready = slots.filter(({ status, server_id: id }) => status === 'ready' && this.#isReachable(id));
    const keys = new Set(ready.map((slot) => slot.storage_key));
    for (const key of this.#visited.keys()) if (!keys.has(key)) this.#visited.delete(key);
    for (const { storage_key: key, server_id: serverId, container_id: containerId } of ready) {
      if (containerId === null) continue;
      const visited = this.#visited.get(key) ?? {
        containerId,
        nextMs: 0,
        unanswered: 0,
        epoch: undefined,
        isAsking: false,
      };
      this.#visited.set(key, visited);
      if (!this.#isDue(visited, serverId)) continue;
      visited.isAsking = true;
      this.#background.run('pool.visit', (signal) => this.#ask({ serverId, containerId }, visited, signal));
    }
  }

  isOpen(storageKey: string): boolean {
    const visited = this.#visited.get(storageKey);
    return visited !== undefined && this.#links.heardAtMs(visited.containerId) !== undefined;
  }

  isSilent(storageKey: string): boolean {
    return (this.#visited.get(storageKey)?.unanswered ?? 0) >= MAX_UNANSWERED;
  }

  #isDue({ containerId, nextMs, unanswered, epoch, isAsking }: Visited, serverId: ServerId): boolean {
    if (isAsking) return false;
    if (performance.now() >= nextMs) return true;
    if (unanswered > 0) return false;
    const isUp = this.#links.heardAtMs(containerId) !== undefined;
    const isThawed = this.#freezers.isUp(serverId) && epoch !== this.#freezers.epoch(serverId);
    return !isUp || isThawed;
  }

  async #ask(
    place: { serverId: ServerId; containerId: string },
    visited: Visited,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#freezers.wake(place, { isReleased: false });
      const connect = (options: { signal?: AbortSignal | undefined; timeoutMs: number }) =>
        this.#links.connect(place, { kind: 'daemon' }, options);
      const call = { method: 'GET', path: '/health' };
      await callDaemon(connect, daemonHealth, call, { signal, timeoutMs: VISIT_TIMEOUT_MS });
      visited.unanswered = 0;
      visited.nextMs = performance.now() + VISIT_EVERY_MS;
      await this.#rest(place, visited, signal);
    } catch {
      // Counted; its keeper gives it up after a few.
      visited.unanswered += 1;
      visited.nextMs = performance.now() + VISIT_AGAIN_MS;
      // An engine that waits for a program to start in what is frozen tells nobody about the container.
      await this.#freezers.wake(place, { isReleased: false }).catch(() => undefined);
    } finally {
      visited.isAsking = false;
    }
  }

  /** One that a workspace has taken meanwhile stays thawed: it was released. */
  async #rest(
    place: { serverId: ServerId; containerId: string },
    visited: Visited,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#freezers.isUp(place.serverId)) return;
    if (visited.epoch === undefined) await pause(SETTLE_MS, signal);
    const epoch = this.#freezers.epoch(place.serverId);
    await this.#freezers.rest(place);
    visited.epoch = epoch;
  }
}
