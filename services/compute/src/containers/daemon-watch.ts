import type { ServerId } from '@podex/contracts/ids';
import { type DaemonHealth, daemonHealth } from '@podex/contracts/internal/daemon';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import type { ApiClient } from '../api/api-client.ts';
import type { DatabaseClock } from '../api/database-clock.ts';
import type { Engine } from '../docker/engine.ts';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';
import type { ContainerIndex, ContainerPlace } from './container-index.ts';
import { DaemonSilence } from './daemon-silence.ts';

export interface DaemonWatchTimes {
  tickMs: number;
  /** Of a container that a link is up to, or whose daemon has not responded. */
  probeEveryMs: number;
  /** Of one without a link, for which a process has to be started in it. */
  probeUnlinkedEveryMs: number;
  /** A response may take as long: a slow machine is no reason. */
  silentAfterMs: number;
}

export const DAEMON_WATCH_TIMES: DaemonWatchTimes = {
  tickMs: 1_000,
  probeEveryMs: 10_000,
  probeUnlinkedEveryMs: 300_000,
  silentAfterMs: 40_000,
};

/** A tick that comes so late tells that this process, or its machine, stood still: responses may lie unread. */
const LATE_TICK_MS = 3_000;
const MAX_IN_FLIGHT_OF_SERVER = 32;
const LOOK_TIMEOUT_MS = 5_000;
const JITTER = 0.2;

export interface DaemonWatchOptions {
  index: ContainerIndex;
  links: LinkPool;
  /** @throws while the server is given up. */
  engineOf: (id: ServerId) => Promise<Engine>;
  isReachable: (id: ServerId) => boolean;
  /** Whether this compute asks the daemons there, for all. */
  isWatched: (id: ServerId) => boolean;
  api: Pick<ApiClient, 'reportHung'>;
  databaseClock: DatabaseClock;
  /** What a daemon said of itself. */
  onHealth: (place: ContainerPlace, health: DaemonHealth) => void;
  logger: Logger;
  times?: DaemonWatchTimes;
}

interface Watched {
  silence: DaemonSilence;
  nextProbeMs: number;
  isReporting: boolean;
}

/**
 * Watches the daemons of the containers that run. One that says nothing for long, although its server responds, is told to api, which
 * has its container ended and started again. Any byte of a daemon is a sign of life, so that one in use is never asked.
 */
export class DaemonWatch {
  readonly #options: DaemonWatchOptions;
  readonly #times: DaemonWatchTimes;
  readonly #watched = new Map<string, Watched>();
  readonly #inFlight = new Map<ServerId, number>();
  #lastTickMs = performance.now();

  constructor(options: DaemonWatchOptions) {
    this.#options = options;
    this.#times = options.times ?? DAEMON_WATCH_TIMES;
  }

  start(background: Background): void {
    background.every('daemons', this.#times.tickMs, async (signal) => this.#tick(background, signal));
  }

  #tick(background: Background, signal: AbortSignal): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastTickMs > this.#times.tickMs + LATE_TICK_MS) this.#forgiveAll();
    this.#lastTickMs = nowMs;
    const running = this.#options.index.list('running');
    this.#forgetOthers(running);
    for (const place of running) this.#look(place, nowMs, background, signal);
  }

  #look(place: ContainerPlace, nowMs: number, background: Background, signal: AbortSignal): void {
    const { links, isReachable, isWatched } = this.#options;
    const watched = this.#watchedOf(place.containerId, nowMs);
    const { silence } = watched;
    if (!isReachable(place.serverId) || !isWatched(place.serverId)) {
      silence.forgive();
      return;
    }
    const heardAtMs = links.heardAtMs(place.containerId) ?? Number.NEGATIVE_INFINITY;
    silence.heard(heardAtMs);
    if (nowMs - heardAtMs < this.#times.probeEveryMs) return;
    if (silence.isSilent(nowMs)) this.#reportOnce(place, watched, background);
    else if (this.#isDue(place, watched, nowMs)) {
      silence.probed(nowMs);
      watched.nextProbeMs = nowMs + jittered(this.#times.probeEveryMs);
      background.run('daemon.probe', () => this.#probe(place, watched, signal));
    }
  }

  #isDue(place: ContainerPlace, watched: Watched, nowMs: number): boolean {
    // A link that has come up since is asked sooner than what was planned without it.
    const latestMs = nowMs + this.#everyMs(place, watched) * (1 + JITTER);
    watched.nextProbeMs = Math.min(watched.nextProbeMs, latestMs);
    return nowMs >= watched.nextProbeMs && this.#inFlightOf(place.serverId) < MAX_IN_FLIGHT_OF_SERVER;
  }

  #reportOnce(place: ContainerPlace, watched: Watched, background: Background): void {
    if (watched.isReporting) return;
    watched.isReporting = true;
    background.run('daemon.report', () => this.#report(place, watched));
  }

  /** Never throws: what went wrong is that nothing was heard. */
  async #probe(place: ContainerPlace, watched: Watched, signal: AbortSignal): Promise<void> {
    const { links, logger } = this.#options;
    const isLinked = links.heardAtMs(place.containerId) !== undefined;
    this.#inFlight.set(place.serverId, this.#inFlightOf(place.serverId) + 1);
    try {
      const wait = { signal, timeoutMs: this.#times.silentAfterMs };
      const call = { method: 'GET', path: '/health' };
      const health = await callDaemon((options) => links.probe(place, options), daemonHealth, call, wait);
      this.#options.onHealth(place, health);
      watched.silence.heard(performance.now());
      watched.nextProbeMs = performance.now() + jittered(this.#everyMs(place, watched, isLinked));
      // A process in every container that nobody uses would cost more than to start one now and then.
      if (!isLinked) links.closeIdle(place.containerId);
    } catch (error) {
      if (!signal.aborted) {
        logger.debug({ err: error, workspace_id: place.workspaceId }, 'daemon.silent');
      }
    } finally {
      this.#inFlight.set(place.serverId, this.#inFlightOf(place.serverId) - 1);
    }
  }

  /** Its engine is asked first: of a server that does not respond either, nothing is known. */
  async #report(place: ContainerPlace, watched: Watched): Promise<void> {
    const { api, databaseClock, engineOf, logger } = this.#options;
    const { silence } = watched;
    const silentForMs = performance.now() - (silence.sinceMs ?? performance.now());
    try {
      const engine = await engineOf(place.serverId);
      const container = await engine.containers.find(place.containerId, { timeoutMs: LOOK_TIMEOUT_MS });
      if (container?.state === 'running' && silence.isInDoubt) {
        await api.reportHung(place.workspaceId, {
          container_id: container.id,
          started_at: container.startedAt,
          silent_since: new Date(databaseClock.now().getTime() - silentForMs).toISOString(),
        });
        logger.warn(
          {
            workspace_id: place.workspaceId,
            container_id: container.id,
            duration_ms: Math.round(silentForMs),
          },
          'daemon.hung',
        );
      }
    } catch (error) {
      logger.warn({ err: error, workspace_id: place.workspaceId }, 'daemon.report_failed');
    } finally {
      silence.forgive();
      watched.isReporting = false;
    }
  }

  #everyMs(place: ContainerPlace, { silence }: Watched, isLinked?: boolean): number {
    const { probeEveryMs, probeUnlinkedEveryMs } = this.#times;
    const isUp = isLinked ?? this.#options.links.heardAtMs(place.containerId) !== undefined;
    return isUp || silence.isInDoubt ? probeEveryMs : probeUnlinkedEveryMs;
  }

  #watchedOf(containerId: string, nowMs: number): Watched {
    const known = this.#watched.get(containerId);
    if (known !== undefined) return known;
    const watched: Watched = {
      silence: new DaemonSilence(this.#times.silentAfterMs),
      nextProbeMs: nowMs + Math.random() * this.#times.probeUnlinkedEveryMs,
      isReporting: false,
    };
    this.#watched.set(containerId, watched);
    return watched;
  }

  #forgetOthers(running: readonly ContainerPlace[]): void {
    const ids = new Set(running.map(({ containerId }) => containerId));
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id);
  }

  #forgiveAll(): void {
    for (const { silence } of this.#watched.values()) silence.forgive();
  }

  #inFlightOf(id: ServerId): number {
    return this.#inFlight.get(id) ?? 0;
  }
}

/** So that the containers of a server are not all asked in one moment. */
function jittered(ms: number): number {
  return ms * (1 - JITTER + Math.random() * 2 * JITTER);
}
