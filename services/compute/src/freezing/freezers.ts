import type { ServerCheck } from '@podex/contracts/servers';
import type { Logger } from '@podex/service-kit/logger';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import type { LinkPool } from '../links/link-pool.ts';
import { FREEZER_NAME } from './freezer-container.ts';
import { freezingEngine } from './freezing-engine.ts';
import { ServerFreezer } from './server-freezer.ts';

export interface FreezersOptions {
  settings: ContainerSettings;
  links: Pick<LinkPool, 'rest' | 'wake'>;
  logger: Logger;
  /** Name of the helper’s container. */
  helperName?: string;
}

interface Known {
  engine: Engine;
  freezer: ServerFreezer;
}

/** What freezes the containers of each server. Where that is not possible everything goes on as it would without. */
export class Freezers {
  readonly #options: FreezersOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: FreezersOptions) {
    this.#options = options;
  }

  /** The engine of a server, for all but the helper: pausing freezes, and what is frozen is thawed before anything is done to it. */
  guard(engine: Engine): Engine {
    const { serverId } = engine.identity;
    const { settings, links, logger, helperName: name = FREEZER_NAME } = this.#options;
    const known = this.#known.get(serverId);
    if (known === undefined) {
      const fresh: Known = { engine, freezer: new ServerFreezer(() => fresh.engine, { settings, name }) };
      this.#known.set(serverId, fresh);
    } else known.engine = engine;
    return freezingEngine(engine, this.#of(serverId), { links, logger });
  }

  /** Tries it, and says cause and cure where it is not possible. Does not throw for what the server does. */
  async check(serverId: string, signal: AbortSignal): Promise<ServerCheck> {
    try {
      await this.#of(serverId).check(signal);
      return { name: 'freezer', ok: true, detail: 'Containers that rest can be frozen.' };
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      return {
        name: 'freezer',
        ok: true,
        warning: true,
        detail:
          `Idle containers are not frozen and go on using some CPU: ${reason.replace(/\.$/, '')}. ` +
          'Give the engine the server’s control groups (/sys/fs/cgroup, writable by root; not a rootless engine).',
      };
    }
  }

  /** As ServerFreezer.epoch. */
  epoch(serverId: string): number {
    return this.#known.get(serverId)?.freezer.epoch ?? 0;
  }

  /** Whether containers of the server can be frozen, as far as is known. */
  isUp(serverId: string): boolean {
    return this.#known.get(serverId)?.freezer.isUp === true;
  }

  /** Whether what is not seen paused there is not. */
  isKnown(serverId: string): boolean {
    return this.#known.get(serverId)?.freezer.isKnown === true;
  }

  /** Freezes a slot that belongs to nobody. A failure is logged: it idles unfrozen then. */
  async rest({ serverId, containerId }: { serverId: string; containerId: string }): Promise<void> {
    const { links, logger } = this.#options;
    // Before it is frozen, so that none of its pings is on the way.
    links.rest(containerId);
    try {
      if ((await this.#of(serverId).ask('rest', containerId)) !== 'frozen') links.wake(containerId);
    } catch (error) {
      links.wake(containerId);
      logger.warn({ err: error, server_id: serverId, container_id: containerId }, 'freezer.failed');
    }
  }

  /** Thaws it for a moment; `release` for good. @throws PodexError when it may be frozen still. */
  async wake(
    { serverId, containerId }: { serverId: string; containerId: string },
    { isReleased }: { isReleased: boolean },
  ): Promise<void> {
    if (this.#of(serverId).isOut) return;
    await this.#of(serverId).ask(isReleased ? 'release' : 'wake', containerId);
    this.#options.links.wake(containerId);
  }

  close(): void {
    for (const { freezer } of this.#known.values()) freezer.close();
  }

  #of(serverId: string): ServerFreezer {
    const known = this.#known.get(serverId);
    if (known === undefined) throw new Error(`The engine of ${serverId} was never opened`);
    return known.freezer;
  }
}
