import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import { type FleetSettings, fleetSettings, type ServerRecord } from '@podex/contracts/internal/compute';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { pause, within } from '@podex/service-kit/waiting';
import { freshFlight } from '../waiting/single-flight.ts';
import { Alarm } from './alarm.ts';
import { type MonitorOptions, ServerMonitor } from './server-monitor.ts';

/** api counts on it that a compute which lives asks as often. */
const REFRESH_EVERY_MS = 6_000;
const NEWS_WAIT_MS = 25_000;
/** Of a fleet that changes all the time. */
const SHORTEST_PAUSE_MS = 250;
/** A request waits for all servers then: one that is slow must not slow down the workspaces of all others. */
const LISTED_WITHIN_MS = 3_000;

export interface RegistryOptions extends Omit<MonitorOptions, 'isWatched'> {
  /** Makes sure that the engine beside compute is among the registered servers; undefined when there is none. */
  registerLocal: ((registered: readonly ServerRecord[]) => Promise<'registered' | 'known'>) | undefined;
}

/** The workspace servers as api has them registered, each with its monitor. */
export class ServerRegistry {
  readonly #monitors = new Map<ServerId, ServerMonitor>();
  readonly #options: RegistryOptions;
  #snapshotAtMs = 0;
  #settings = fleetSettings.parse(DEFAULT_SETTINGS);
  #watched: ReadonlySet<ServerId> = new Set();
  readonly #news = new Alarm();

  /** Asks api for the registered servers; who asks during a call gets the one after it. */
  readonly refresh: () => Promise<void>;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.refresh = freshFlight(() => this.#readSnapshot());
  }

  start(): void {
    const { background, api } = this.#options;
    background.loop('servers', async (signal) => {
      await this.refresh();
      await pause(SHORTEST_PAUSE_MS, signal);
      await this.#news.wait(REFRESH_EVERY_MS - SHORTEST_PAUSE_MS, signal);
    });
    background.loop('server-news', async (signal) => {
      if (await api.awaitFleetNews(NEWS_WAIT_MS, signal)) this.#news.ring();
    });
  }

  /** When the snapshot was asked for that `list` shows; 0 before the first. */
  get snapshotAtMs(): number {
    return this.#snapshotAtMs;
  }

  /** As admins have set them when `list` was asked for. */
  get settings(): FleetSettings {
    return this.#settings;
  }

  /**
   * Whether this compute watches over it: asks its daemons, and lists its containers now and then. One does that for all; each looks by
   * itself whether it reaches a server, since nobody can do that for it.
   */
  isWatched(id: ServerId): boolean {
    return this.#watched.has(id);
  }

  list(): ServerMonitor[] {
    return [...this.#monitors.values()];
  }

  find(id: ServerId): ServerMonitor | undefined {
    return this.#monitors.get(id);
  }

  /** @throws PodexError server_not_found when api does not know it either. */
  async get(id: ServerId): Promise<ServerMonitor> {
    if (!this.#monitors.has(id)) await this.refresh();
    const monitor = this.#monitors.get(id);
    if (monitor === undefined) throw new PodexError('server_not_found', `There is no server ${id}.`, {});
    return monitor;
  }

  /** Lists the containers of all servers that respond soon; of the others what was last known stays until they have responded. */
  async refreshContainers(): Promise<void> {
    const reachable = this.list().filter(({ isReachable }) => isReachable);
    const wait = { timeoutMs: LISTED_WITHIN_MS };
    await Promise.allSettled(reachable.map((server) => within(wait, () => server.refreshContainers())));
  }

  /** Ends the connections to all servers. */
  stop(): void {
    for (const monitor of this.#monitors.values()) monitor.stop();
  }

  async #readSnapshot(): Promise<void> {
    const askedAtMs = performance.now();
    const { api, databaseClock, registerLocal, background, index } = this.#options;
    let fleet = await api.readFleet(background.signal);
    if (registerLocal !== undefined && (await registerLocal(fleet.items)) === 'registered') {
      fleet = await api.readFleet(background.signal);
    }
    databaseClock.hear(fleet.now);
    const { items: records } = fleet;
    this.#settings = fleet.settings;
    this.#watched = new Set(fleet.watched);
    for (const record of records) {
      const monitor = this.#monitors.get(record.id);
      if (monitor === undefined) this.#add(record);
      else monitor.update(record);
    }
    const ids = new Set(records.map(({ id }) => id));
    for (const [id, monitor] of this.#monitors) {
      if (ids.has(id)) continue;
      monitor.stop();
      this.#monitors.delete(id);
      index.forgetServer(id);
    }
    this.#snapshotAtMs = askedAtMs;
  }

  #add(record: ServerRecord): void {
    const isWatched = () => this.isWatched(record.id);
    const monitor = new ServerMonitor(record, { ...this.#options, isWatched });
    this.#monitors.set(record.id, monitor);
    monitor.start();
  }
}
