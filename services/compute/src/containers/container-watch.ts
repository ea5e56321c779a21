import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { Logger } from '@podex/service-kit/logger';
import { linkSignals, pause } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { DatabaseClock } from '../api/database-clock.ts';
import type { ListedContainer } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_STORAGE_KEY, LABEL_WORKSPACE } from '../docker/labels.ts';
import { freshFlight } from '../waiting/single-flight.ts';
import { type ContainerIndex, isAlive } from './container-index.ts';

const PICTURE_EVERY_MS = 30_000;
const PAUSE_MS = 1_000;
/** An engine tells of the end of a container, and of its pause, some milliseconds before its listing shows it. */
const LISTING_LAG_MS = 5_000;
const FILTER = `${LABEL_WORKSPACE}=true`;

export interface ContainerWatchOptions {
  serverId: ServerId;
  /** @throws while the server is given up. */
  engine: () => Promise<Engine>;
  isReachable: () => boolean;
  /** Whether this compute lists for all what no event told of. */
  isWatched: () => boolean;
  index: ContainerIndex;
  api: ApiClient;
  databaseClock: DatabaseClock;
  /** The stream of events ended by itself: the engine or the network did. */
  onCut: () => void;
  /** A container has just ended: whatever is open to it hangs. */
  onEnd: (containerId: string) => void;
  /** The memory of a container ran out; the container itself may go on, or hang. */
  onOutOfMemory: (engine: Engine, containerId: string) => void;
  /** A container bears the name of a slot and is a workspace’s: a compute died before it renamed it, or is about to. */
  onClaimed: (containerId: string, id: WorkspaceId) => void;
  /** Whether a container that is not listed as paused is not. */
  knowsPaused: () => boolean;
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
  /** The same of those that were just paused by hand. */
  readonly #paused = new Map<string, number>();

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
    // So that the servers of a large fleet are not all listed in one moment.
    await pause(Math.random() * PICTURE_EVERY_MS, signal);
    while (!signal.aborted) {
      await pause(PICTURE_EVERY_MS, signal);
      if (this.#options.isReachable() && this.#options.isWatched()) await this.#refreshOrWarn();
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
        // Not waited for: what happens during a listing is in the one after it, however much it is.
        void this.#refreshOrWarn();
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
    if (action === 'pause') this.#paused.set(containerId, performance.now());
    else this.#paused.delete(containerId);
  }

  #withoutLag(container: ListedContainer): ListedContainer {
    const pausedAtMs = this.#paused.get(container.id);
    if (pausedAtMs !== undefined && performance.now() - pausedAtMs > LISTING_LAG_MS)
      this.#paused.delete(container.id);
    const endedAtMs = this.#ended.get(container.id);
    if (endedAtMs === undefined) {
      const isPaused = this.#paused.has(container.id) && container.state === 'running';
      return isPaused ? { ...container, state: 'paused' } : container;
    }
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
    const { serverId, engine, index, api, databaseClock, onClaimed, knowsPaused } = this.#options;
    const seenAt = databaseClock.now().toISOString();
    const listed = await (await engine()).containers.list(FILTER);
    const listing = index.replace(
      serverId,
      listed.map((container) => this.#withoutLag(container)),
    );
    const keys = new Map(listed.map(({ id, labels }) => [id, labels[LABEL_STORAGE_KEY] ?? null]));
    const { places, slots } = listing;
    const { claimed, unknown, foreign } = await api.observeContainers(serverId, {
      seen_at: seenAt,
      containers: places.map((place) => ({
        workspace_id: place.workspaceId,
        container_id: place.containerId,
        storage_key: keys.get(place.containerId) ?? null,
        running: isAlive(place.state),
        ...(knowsPaused() ? { paused: place.state === 'paused' } : {}),
      })),
      slots: slots.map(({ storageKey, state }) => ({ storage_key: storageKey, running: isAlive(state) })),
    });
    index.confirm(serverId, listing, foreign);
    for (const { storage_key: storageKey, workspace_id: id } of claimed) {
      index.learnOwner(serverId, storageKey, id);
      const slot = slots.find((other) => other.storageKey === storageKey);
      if (slot !== undefined) onClaimed(slot.containerId, id);
    }
    index.noteStrays(serverId, unknown);
  }
}
