import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import { DAEMON_PROTOCOL, type DaemonBuild, upgradeTaken } from '@podex/contracts/internal/daemon';
import { withQuery } from '@podex/contracts/query';
import type { DaemonUpdate } from '@podex/contracts/workspaces';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import type { WaitOptions } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerIndex } from '../containers/container-index.ts';
import type { Engine } from '../docker/engine.ts';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';
import { DaemonCodes } from './daemon-code.ts';
import { SILENT_BUILD, type Standing, standingOf } from './daemon-standing.ts';
import type { RuntimeVolumes } from './runtime-volumes.ts';

export interface DaemonUpdateTimes {
  tickMs: number;
  /** After the start of this compute: of two that take turns in a deploy, the one that goes has gone by then. */
  offerAfterMs: number;
}

export const DAEMON_UPDATE_TIMES: DaemonUpdateTimes = { tickMs: 5_000, offerAfterMs: 60_000 };

const SEND_TIMEOUT_MS = 60_000;
const MAX_OFFERS = 3;
const OFFER_AGAIN_AFTER_MS = 300_000;
/** api learns of a new container a moment after its daemon responds. */
const MAX_REPORTS = 12;
const REPORTED_AT_ONCE = 1_000;

export interface DaemonUpdatesOptions {
  runtimes: Pick<RuntimeVolumes, 'builtFor'>;
  index: ContainerIndex;
  links: LinkPool;
  /** @throws while the server is given up. */
  engineOf: (id: ServerId) => Promise<Engine>;
  /** Whether this compute speaks to the daemons there, for all. */
  isWatched: (id: ServerId) => boolean;
  api: Pick<ApiClient, 'reportDaemons'>;
  untilQuiet: (signal: AbortSignal) => Promise<void>;
  logger: Logger;
  times?: DaemonUpdateTimes;
}

export interface DaemonCount {
  protocol: string;
  standing: Standing;
  count: number;
}

interface Place {
  workspaceId: WorkspaceId;
  serverId: ServerId;
  containerId: string;
}

interface Known {
  place: Place;
  build: DaemonBuild;
  /** What api was told; undefined while it is to be told. */
  told: DaemonUpdate | null | undefined;
  reports: number;
  offers: number;
  notBeforeMs: number;
}

/**
 * Keeps what the daemons of the containers that run say of themselves. One of another version than this compute’s own is sent its code, once,
 * one daemon at a time and when nothing else is to be done, and runs it from its next start on; api is told what people should know.
 * What is frozen is left alone until it is used again.
 */
export class DaemonUpdates {
  readonly #options: DaemonUpdatesOptions;
  readonly #times: DaemonUpdateTimes;
  readonly #startedAtMs = performance.now();
  readonly #codes = new DaemonCodes();
  readonly #known = new Map<string, Known>();
  /** By server: what its machines are built for does not change. */
  readonly #versions = new Map<ServerId, string>();

  constructor(options: DaemonUpdatesOptions) {
    this.#options = options;
    this.#times = options.times ?? DAEMON_UPDATE_TIMES;
  }

  start(background: Background): void {
    background.every('daemon-updates', this.#times.tickMs, (signal) => this.#tick(signal));
  }

  /** What the daemon has just said of itself. */
  note(place: Place, build: DaemonBuild): void {
    const known = this.#known.get(place.containerId);
    if (known === undefined) this.noteStart(place, build);
    else this.#known.set(place.containerId, { ...known, build });
  }

  /** The same when it was started, or is looked at for the first time: nothing that was known of it counts. */
  noteStart({ workspaceId, serverId, containerId }: Place, build: DaemonBuild = SILENT_BUILD): void {
    const place = { workspaceId, serverId, containerId };
    this.#known.set(containerId, { place, build, told: undefined, reports: 0, offers: 0, notBeforeMs: 0 });
  }

  /** Of the container that runs; undefined when nothing was heard of it. */
  find(id: WorkspaceId): { build: DaemonBuild; standing: Standing | undefined } | undefined {
    const place = this.#options.index.find(id);
    const known = place === undefined ? undefined : this.#known.get(place.containerId);
    return known === undefined ? undefined : { build: known.build, standing: this.#standingOf(known) };
  }

  /** How many there are, by how they stand to this compute’s version and by what can be asked of them. */
  count(): DaemonCount[] {
    const counts = new Map<string, DaemonCount>();
    for (const known of this.#known.values()) {
      const standing = this.#standingOf(known);
      if (standing === undefined) continue;
      const protocol = shownProtocol(known.build.protocol);
      const key = `${protocol} ${standing}`;
      counts.set(key, { protocol, standing, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  async #tick(signal: AbortSignal): Promise<void> {
    this.#forgetOthers();
    const servers = new Set([...this.#known.values()].map(({ place }) => place.serverId));
    await Promise.all([...servers].map((id) => this.#learnVersion(id)));
    await this.#report();
    if (performance.now() - this.#startedAtMs < this.#times.offerAfterMs) return;
    for (const known of [...this.#known.values()]) {
      if (signal.aborted) return;
      if (!this.#isToOffer(known)) continue;
      await this.#offer(known, signal);
      await this.#report();
    }
  }

  #forgetOthers(): void {
    for (const [containerId, { place }] of this.#known) {
      if (this.#options.index.find(place.workspaceId)?.containerId !== containerId)
        this.#known.delete(containerId);
    }
  }

  async #learnVersion(serverId: ServerId): Promise<void> {
    if (this.#versions.has(serverId)) return;
    const { runtimes, engineOf, logger } = this.#options;
    try {
      this.#versions.set(serverId, (await runtimes.builtFor(await engineOf(serverId))).version);
    } catch (error) {
      logger.debug({ err: error, server_id: serverId }, 'daemon.version_unknown');
    }
  }

  #standingOf({ place, build }: Known): Standing | undefined {
    const version = this.#versions.get(place.serverId);
    return version === undefined ? undefined : standingOf(build, version);
  }

  async #report(): Promise<void> {
    const { api, isWatched } = this.#options;
    const due = [...this.#known.values()].flatMap((known) => {
      const update = this.#updateOf(known);
      const isDue = update !== undefined && update !== known.told && known.reports < MAX_REPORTS;
      return isDue && isWatched(known.place.serverId) ? [{ known, update }] : [];
    });
    for (let at = 0; at < due.length; at += REPORTED_AT_ONCE) {
      const part = due.slice(at, at + REPORTED_AT_ONCE);
      const taken = new Set(
        await api.reportDaemons(
          part.map(({ known: { place }, update }) => ({
            workspace_id: place.workspaceId,
            container_id: place.containerId,
            update,
          })),
        ),
      );
      for (const { known, update } of part) {
        known.reports += 1;
        if (!taken.has(known.place.workspaceId)) continue;
        known.told = update;
        known.reports = 0;
      }
    }
  }

  /** Undefined as long as it is not known: it can take the code, and was not sent it yet. */
  #updateOf(known: Known): DaemonUpdate | null | undefined {
    const standing = this.#standingOf(known);
    if (standing === 'current') return null;
    if (standing === 'offer') return known.offers < MAX_OFFERS ? undefined : 'needs_rebuild';
    return standing;
  }

  #isToOffer(known: Known): boolean {
    const { containerId, workspaceId, serverId } = known.place;
    const isDue = known.offers < MAX_OFFERS && performance.now() >= known.notBeforeMs;
    if (!isDue || this.#standingOf(known) !== 'offer' || !this.#options.isWatched(serverId)) return false;
    const place = this.#options.index.find(workspaceId);
    return place?.containerId === containerId && place.state === 'running';
  }

  /** Never throws: it is offered again later. */
  async #offer(known: Known, signal: AbortSignal): Promise<void> {
    const { links, runtimes, engineOf, untilQuiet, logger } = this.#options;
    const { place, build } = known;
    const fields = { workspace_id: place.workspaceId, from: build.version };
    known.offers += 1;
    known.notBeforeMs = performance.now() + OFFER_AGAIN_AFTER_MS;
    try {
      await untilQuiet(signal);
      const runtime = await runtimes.builtFor(await engineOf(place.serverId));
      const { announced, body } = await this.#codes.of(runtime);
      const isLinked = links.heardAtMs(place.containerId) !== undefined;
      const call = { method: 'PUT', path: withQuery('/upgrade', announced), body };
      const wait = { signal, timeoutMs: SEND_TIMEOUT_MS };
      // Not as a probe: another who asks would close the link under it.
      const connect = (options: WaitOptions) => links.connect(place, { kind: 'daemon' }, options);
      const taken = await callDaemon(connect, upgradeTaken, call, wait);
      if (!isLinked) links.closeIdle(place.containerId);
      // It may have been started again, or looked at, meanwhile.
      if (this.#known.get(place.containerId)?.build === build) known.build = { ...build, ...taken };
      logger.info({ ...fields, version: announced.version }, 'daemon.upgrade_sent');
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, ...fields }, 'daemon.upgrade_not_sent');
    }
  }
}

/** A hostile daemon may say anything, and may not choose how many labels a metric has. */
function shownProtocol(protocol: number): string {
  return protocol >= 1 && protocol <= DAEMON_PROTOCOL ? String(protocol) : 'newer';
}
