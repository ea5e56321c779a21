import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { Logger } from '@podex/service-kit/logger';
import { linkSignals, pause } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { ListedContainer } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_WORKSPACE } from '../docker/labels.ts';
import { freshFlight } from '../waiting/single-flight.ts';
import { type ContainerIndex, isAlive } from './container-index.ts';

const PICTURE_EVERY_MS = 30_000;
const PAUSE_MS = 1_000;
/** An engine tells of the end of a container some milliseconds before its listing shows it. */
const LISTING_LAG_MS = 5_000;
const FILTER = `${LABEL_WORKSPACE}=true`;

export interface ContainerWatchOptions {
  serverId: ServerId;
  /** @throws while the server is given up. */
  engine: () => Promise<Engine>;
  isReachable: () => boolean;
  index: ContainerIndex;
  api: ApiClient;
  /** The stream of events ended by itself: the engine or the network did. */
  onCut: () => void;
  /** A container has just ended: whatever is open to it hangs. */
  onEnd: (containerId: string) => void;
  /** The memory of a container ran out; the container itself may go on, or hang. */
  onOutOfMemory: (engine: Engine, containerId: string) => void;
  /** A container bears the name of a slot and is a workspace’s: a compute died before it renamed it, or is about to. */
  onClaimed: (containerId: string, id: WorkspaceId) => void;
  logger: Logger;
}

/**
 * Follows the workspace containers of one server. Every change, and every 30 seconds without one, lists them all: into the index, and
 * as the whole snapshot to api, which has what was lost started again.
 */
export class ContainerWatch {
  readonly #options: ContainerWatchOptions;
  #cut = new AbortController();
  /** Containers that have just ended, by id, and when. */
  readonly #ended = new Map<string, number>();

  /** Who asks during a listing gets the one after it. */
  readonly refresh: () => Promise<void>;

  constructor(options: ContainerWatchOptions) {
    this.#options = options;
    this.refresh = freshFlight(() => this.#list());
  }

  /** The stream of events of a server that was given up hangs; it is opened again when the server is back. */
  cut(): void {
    this.#cut.abort(new Error('The server is unreachable.'));
  }

  async followEvents(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#options.isReachable()) await this.#followOnce(signal);
      await pause(PAUSE_MS, signal);
    }
  }

  async sendSnapshots(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(PICTURE_EVERY_MS, signal);
      if (this.#options.isReachable()) await this.#refreshOrWarn();
    }
  }

  async #followOnce(signal: AbortSignal): Promise<void> {
    const { onEnd, onCut, onOutOfMemory, logger } = this.#options;
    let isOpen = false;
    this.#cut = new AbortController();
    using both = linkSignals([signal, this.#cut.signal]);
    try {
      const engine = await this.#options.engine();
      const events = await engine.watchContainers(FILTER, { signal: both.signal });
      isOpen = true;
      await this.#refreshOrWarn();
      for await (const { action, containerId } of events) {
        logger.debug({ action, container_id: containerId }, 'container.event');
        this.#remember(action, containerId);
        if (action === 'oom') onOutOfMemory(engine, containerId);
        if (this.#ended.has(containerId)) onEnd(containerId);
        await this.#refreshOrWarn();
      }
    } catch (error) {
      // Whether the server is to be given up is for the heartbeat to say.
      if (!both.signal.aborted) logger.warn({ err: error }, 'container.watch_ended');
    }
    if (isOpen && !both.signal.aborted) onCut();
  }

  #remember(action: string, containerId: string): void {
    if (action === 'die' || action === 'destroy') this.#ended.set(containerId, performance.now());
    if (action === 'start') this.#ended.delete(containerId);
  }

  #withoutLag(container: ListedContainer): ListedContainer {
    const endedAtMs = this.#ended.get(container.id);
    if (endedAtMs === undefined) return container;
    if (performance.now() - endedAtMs > LISTING_LAG_MS) this.#ended.delete(container.id);
    return isAlive(container.state) && this.#ended.has(container.id)
      ? { ...container, state: 'exited' }
      : container;
  }

  /** A listing that failed is made up for by the next. */
  async #refreshOrWarn(): Promise<void> {
    await this.refresh().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'container.snapshot_failed');
    });
  }

  async #list(): Promise<void> {
    const { serverId, engine, index, api, onClaimed } = this.#options;
    const seenAt = new Date().toISOString();
    const listed = await (await engine()).containers.list(FILTER);
    const { places, slots } = index.replace(
      serverId,
      listed.map((container) => this.#withoutLag(container)),
    );
    const { claimed, unknown } = await api.observeContainers(serverId, {
      seen_at: seenAt,
      containers: places.map((place) => ({
        workspace_id: place.workspaceId,
        container_id: place.containerId,
        running: isAlive(place.state),
      })),
      slots: slots.map(({ storageKey, state }) => ({ storage_key: storageKey, running: isAlive(state) })),
    });
    for (const { storage_key: storageKey, workspace_id: id } of claimed) {
      index.learnOwner(storageKey, id);
      const slot = slots.find((other) => other.storageKey === storageKey);
      if (slot !== undefined) onClaimed(slot.containerId, id);
    }
    index.noteStrays(serverId, unknown);
  }
}
