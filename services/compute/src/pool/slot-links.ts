import type { ServerId } from '@podex/contracts/ids';
import { daemonHealth } from '@podex/contracts/internal/daemon';
import type { SlotRecord } from '@podex/contracts/internal/pool';
import type { Background } from '@podex/service-kit/background';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';

/** Well within the time after which a link that nobody uses is closed. */
const VISIT_EVERY_MS = 120_000;
const VISIT_AGAIN_MS = 10_000;
const VISIT_TIMEOUT_MS = 15_000;
/** Visits without a response after which a slot is good for nobody. */
const MAX_UNANSWERED = 3;

interface Visited {
  containerId: string;
  nextMs: number;
  unanswered: number;
}

/**
 * Keeps a link to every ready slot open, in each compute: whoever is handed the workspace that takes one need not start a bridge
 * first.
 */
export class SlotLinks {
  readonly #links: LinkPool;
  readonly #background: Background;
  readonly #isReachable: (id: ServerId) => boolean;
  readonly #visited = new Map<string, Visited>();

  constructor(options: {
    links: LinkPool;
    background: Background;
    isReachable: (id: ServerId) => boolean;
  }) {
    this.#links = options.links;
    this.#background = options.background;
    this.#isReachable = options.isReachable;
  }

  visit(slots: readonly SlotRecord[]): void {
    const ready = slots.filter(({ status, server_id: id }) => status === 'ready' && this.#isReachable(id));
    const keys = new Set(ready.map((slot) => slot.storage_key));
    for (const key of this.#visited.keys()) if (!keys.has(key)) this.#visited.delete(key);
    const nowMs = performance.now();
    for (const { storage_key: key, server_id: serverId, container_id: containerId } of ready) {
      if (containerId === null) continue;
      const visited = this.#visited.get(key) ?? { containerId, nextMs: 0, unanswered: 0 };
      this.#visited.set(key, visited);
      const isUp = this.#links.heardAtMs(containerId) !== undefined;
      if (isUp && nowMs < visited.nextMs) continue;
      if (!isUp && visited.unanswered > 0 && nowMs < visited.nextMs) continue;
      visited.nextMs = nowMs + VISIT_EVERY_MS;
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

  async #ask(
    place: { serverId: ServerId; containerId: string },
    visited: Visited,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const connect = (options: { signal?: AbortSignal | undefined; timeoutMs: number }) =>
        this.#links.connect(place, { kind: 'daemon' }, options);
      const call = { method: 'GET', path: '/health' };
      await callDaemon(connect, daemonHealth, call, { signal, timeoutMs: VISIT_TIMEOUT_MS });
      visited.unanswered = 0;
    } catch {
      // Counted; its keeper gives it up after a few.
      visited.unanswered += 1;
      visited.nextMs = performance.now() + VISIT_AGAIN_MS;
    }
  }
}
