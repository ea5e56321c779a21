import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import { type FleetSettings, fleetSettings, type ServerRecord } from '@podex/contracts/internal/compute';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { freshFlight } from '../waiting/single-flight.ts';
import { type MonitorOptions, ServerMonitor } from './server-monitor.ts';

const REFRESH_EVERY_MS = 3_000;

export interface RegistryOptions extends MonitorOptions {
  /** Makes sure that the engine beside compute is among the registered servers; undefined when there is none. */
  registerLocal: ((registered: readonly ServerRecord[]) => Promise<'registered' | 'known'>) | undefined;
}

/** The workspace servers as api has them registered, each with its monitor. */
export class ServerRegistry {
  readonly #monitors = new Map<ServerId, ServerMonitor>();
  readonly #options: RegistryOptions;
  #snapshotAtMs = 0;
  #settings = fleetSettings.parse(DEFAULT_SETTINGS);

  /** Asks api for the registered servers; who asks during a call gets the one after it. */
  readonly refresh: () => Promise<void>;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.refresh = freshFlight(() => this.#readSnapshot());
  }

  start(): void {
    this.#options.background.every('servers', REFRESH_EVERY_MS, () => this.refresh());
  }

  /** When the snapshot was asked for that `list` shows; 0 before the first. */
  get snapshotAtMs(): number {
    return this.#snapshotAtMs;
  }

  /** As admins have set them when `list` was asked for. */
  get settings(): FleetSettings {
    return this.#settings;
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

  /** Lists the containers of all servers that respond; one that does not keeps what was last known of it. */
  async refreshContainers(): Promise<void> {
    const reachable = this.list().filter(({ isReachable }) => isReachable);
    await Promise.allSettled(reachable.map((server) => server.refreshContainers()));
  }

  /** Ends the connections to all servers. */
  stop(): void {
    for (const monitor of this.#monitors.values()) monitor.stop();
  }

  async #readSnapshot(): Promise<void> {
    const askedAtMs = Date.now();
    const { api, registerLocal, background, index } = this.#options;
    let fleet = await api.readFleet(background.signal);
    if (registerLocal !== undefined && (await registerLocal(fleet.items)) === 'registered') {
      fleet = await api.readFleet(background.signal);
    }
    const { items: records } = fleet;
    this.#settings = fleet.settings;
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
    const monitor = new ServerMonitor(record, this.#options);
    this.#monitors.set(record.id, monitor);
    monitor.start();
  }
}
