import { PodexError } from '@podex/contracts/errors';
import type { Leftover } from '@podex/contracts/internal/compute';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { pause } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_STORAGE_KEY } from '../docker/labels.ts';
import type { LinkPool } from '../links/link-pool.ts';
import type { ServerMonitor } from '../servers/server-monitor.ts';
import type { ServerRegistry } from '../servers/server-registry.ts';
import { containerName, slotContainerName } from './container-spec.ts';
import type { ContainerSteps } from './container-steps.ts';

const LOOK_EVERY_MS = 2_000;
const STORAGE_WAIT_MS = 30_000;
const WAITING_RETRY_MS = 1_000;

export interface LeftoversOptions {
  api: Pick<ApiClient, 'forgetLeftover'>;
  servers: Pick<ServerRegistry, 'list' | 'refresh'>;
  steps: Pick<ContainerSteps, 'removeStorage'>;
  links: Pick<LinkPool, 'closeContainer'>;
  background: Background;
  logger: Logger;
}

/**
 * Removes what first starts have left on servers that did not respond, once these do. api says what; all of it may be done twice, by
 * several computes at once, and is done again until api has heard of it.
 */
export class Leftovers {
  readonly #options: LeftoversOptions;
  readonly #busy = new Set<string>();

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.background.every('leftovers', LOOK_EVERY_MS, async () => this.#look());
  }

  #look(): void {
    for (const server of this.#options.servers.list()) {
      if (server.health.status !== 'ready' || this.#busy.has(server.record.id)) continue;
      if (server.record.leftovers.length > 0) this.#begin(server);
    }
  }

  /** One after the other: people who wait for a workspace there come first. */
  #begin(server: ServerMonitor): void {
    const { id, leftovers } = server.record;
    this.#busy.add(id);
    this.#options.background.run(`leftovers ${id}`, async (signal) => {
      try {
        for (const leftover of leftovers) await this.#removeOrWarn(server, leftover, signal);
        await this.#options.servers.refresh();
      } finally {
        this.#busy.delete(id);
      }
    });
  }

  async #removeOrWarn(server: ServerMonitor, leftover: Leftover, signal: AbortSignal): Promise<void> {
    const { api, logger } = this.#options;
    const fields = { server_id: server.record.id, workspace_id: leftover.workspace_id };
    try {
      await this.#remove(await server.engine(), leftover, signal);
      await api.forgetLeftover(leftover.storage_key);
      logger.info(fields, 'leftover.removed');
    } catch (error) {
      signal.throwIfAborted();
      // Another compute is at it.
      if (PodexError.has(error, 'conflict')) return;
      logger.warn({ err: error, ...fields }, 'leftover.not_removed');
    }
  }

  async #remove(engine: Engine, leftover: Leftover, signal: AbortSignal): Promise<void> {
    const { steps, links } = this.#options;
    const { storage_key: storageKey, workspace_id: id } = leftover;
    for (const name of [containerName(id), slotContainerName(storageKey)]) {
      const container = await engine.containers.find(name, { signal });
      // The workspace may have come back to the server, with another folder.
      if (container?.labels[LABEL_STORAGE_KEY] !== storageKey) continue;
      links.closeContainer(container.id);
      await engine.containers.remove(container.id, { signal });
    }
    for (;;) {
      const wait = { signal, timeoutMs: STORAGE_WAIT_MS };
      if ((await steps.removeStorage(engine, storageKey, wait)) === 'done') return;
      await pause(WAITING_RETRY_MS, signal);
    }
  }
}
