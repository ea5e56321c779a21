import { PodexError } from '@podex/contracts/errors';
import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { linkSignals, within } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { DatabaseClock } from '../api/database-clock.ts';
import type { ContainerIndex } from '../containers/container-index.ts';
import { ContainerWatch } from '../containers/container-watch.ts';
import type { BreakerState } from '../docker/circuit-breaker.ts';
import type { Engine } from '../docker/engine.ts';
import { reapOneOffs } from '../engine-jobs/one-off-container.ts';
import { freshFlight } from '../waiting/single-flight.ts';
import { Alarm } from './alarm.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { fail, heldBackCheck } from './checks.ts';
import { isStranger, type Preflight } from './preflight.ts';
import { ProgressReport } from './progress-report.ts';
import { whileThere } from './pulse.ts';
import { type OpenEngine, ServerConnection } from './server-connection.ts';
import {
  afterPing,
  afterPreflight,
  cutOff,
  doubt,
  nextProbe,
  type PreflightReport,
  type ServerHealth,
  UNKNOWN_HEALTH,
} from './server-health.ts';

const PROBE_EVERY_MS = 5_000;
/** While pings fail and the server is not given up yet. */
const PROBE_AGAIN_MS = 500;
/** So that the servers of a large fleet are not all asked in one moment: each pause is shorter by up to such a part. */
const JITTER = 0.2;
/** api learns at least this often that the server was seen. */
const REPORT_EVERY_MS = 30_000;
const TEXT_LENGTH = 2_000;

/** A preflight has about thirty calls, each with a limit of its own. */
const PREFLIGHT_LIMIT_MS = 300_000;
const REAP_LIMIT_MS = 10_000;

export type CheckedServer = Pick<Preflight, 'record' | 'open' | 'onProgress'>;

export interface MonitorOptions {
  openEngine: OpenEngine;
  preflight: (server: CheckedServer, signal: AbortSignal) => Promise<PreflightReport>;
  api: ApiClient;
  databaseClock: DatabaseClock;
  /** Whether this compute watches over the server for all. */
  isWatched: () => boolean;
  index: ContainerIndex;
  /** A container of the server has just ended: whatever is open to it hangs. */
  onContainerEnd: (containerId: string) => void;
  /** The memory of a container of the server has run out. */
  onOutOfMemory: (engine: Engine, containerId: string) => void;
  /** A container of the server is a workspace’s and does not bear its name. */
  onClaimed: (serverId: ServerId, containerId: string, id: WorkspaceId) => void;
  /** Whether a container of the server that is not listed as paused is not. */
  knowsPaused: (serverId: ServerId) => boolean;
  /** The server has become ready. */
  onReady: (engine: Engine) => void;
  background: Background;
  logger: Logger;
}

/**
 * Watches one server: asks it every few seconds, reports what changes, follows its containers. A server that does not respond is given
 * up after three tries and taken back by itself when it responds again and passes its preflight.
 */
export class ServerMonitor {
  #record: ServerRecord;
  #health: ServerHealth = UNKNOWN_HEALTH;
  /** The registration that the last preflight was about. */
  #checkedVersion: number | undefined;
  #isPingLost = false;
  /** How often what holds on the server came into doubt. */
  #doubts = 0;
  #reported = { key: '', atMs: 0 };
  readonly #options: MonitorOptions;
  readonly #connection: ServerConnection;
  readonly #watch: ContainerWatch;
  readonly #stopped = new AbortController();
  readonly #alarm = new Alarm();
  readonly #logger: Logger;
  readonly #files: CertificateWatch;
  readonly #progress: ProgressReport;
  readonly #probeOnce: () => Promise<void>;

  constructor(record: ServerRecord, options: MonitorOptions) {
    this.#record = record;
    this.#options = options;
    this.#logger = options.logger.child({ server_id: record.id, server: record.name });
    this.#connection = new ServerConnection(record, options.openEngine);
    this.#connection.breaker.onOpen = () => {
      this.#logger.warn(
        { duration_ms: Math.round(this.#connection.breaker.retryAfterMs) },
        'server.calls_held_back',
      );
      this.recheck();
    };
    this.#files = new CertificateWatch(this.#connection, this.#logger);
    this.#progress = new ProgressReport((checks) =>
      options.api.reportServerProgress(this.#record.id, {
        version: this.#record.version,
        checks: [...checks],
      }),
    );
    this.#watch = new ContainerWatch({
      serverId: record.id,
      engine: () => this.engine(),
      isReachable: () => this.isReachable,
      isWatched: options.isWatched,
      index: options.index,
      api: options.api,
      databaseClock: options.databaseClock,
      onCut: () => this.recheck(),
      onEnd: options.onContainerEnd,
      onOutOfMemory: options.onOutOfMemory,
      onClaimed: (containerId, id) => options.onClaimed(record.id, containerId, id),
      knowsPaused: () => options.knowsPaused(record.id),
      logger: this.#logger,
    });
    this.#probeOnce = freshFlight(() => this.#probe());
  }

  get record(): ServerRecord {
    return this.#record;
  }

  get health(): ServerHealth {
    return this.#health;
  }

  /** Whether calls to it are let through. */
  get calls(): BreakerState {
    return this.#connection.breaker.state;
  }

  /** Whether it responds, and is the registered one. */
  get isReachable(): boolean {
    return this.#health.status !== 'unreachable' && !isStranger(this.#health.checks);
  }

  /** @throws PodexError server_unreachable, at once while the server is given up or another engine stands in its place. */
  async engine(): Promise<Engine> {
    if (this.isReachable) return this.#connection.open();
    const reason = this.#health.reason ?? `The server ${this.#record.name} cannot be reached.`;
    throw new PodexError('server_unreachable', reason, {
      server_id: this.#record.id,
      retry_after_seconds: PROBE_EVERY_MS / 1000,
    });
  }

  start(): void {
    const { name } = this.#record;
    this.#runUntilStopped(`probe ${name}`, (signal) => this.#probeForEver(signal));
    this.#runUntilStopped(`events ${name}`, (signal) => this.#watch.followEvents(signal));
    this.#runUntilStopped(`snapshots ${name}`, (signal) => this.#watch.sendSnapshots(signal));
  }

  stop(): void {
    this.#stopped.abort(new Error('The server is no longer registered.'));
    this.#connection.close();
  }

  /** Takes over a newer registration. A changed one, or one that a person wants checked, is checked again. */
  update(record: ServerRecord): void {
    const isChanged = record.version !== this.#record.version;
    this.#record = record;
    if (!isChanged) return;
    this.#connection.update(record);
    this.#connection.breaker.endPause();
    this.#alarm.ring();
  }

  /** Runs the preflight now; what it found has been reported when this resolves. */
  async check(): Promise<ServerHealth> {
    this.#checkedVersion = undefined;
    await this.#probeOnce();
    return this.#health;
  }

  /** What holds on the server is in doubt: nothing starts there before its next preflight, which comes at once. */
  recheck(): void {
    this.#doubts += 1;
    this.#health = cutOff(this.#health);
    this.#alarm.ring();
  }

  /** Lists the server’s containers and tells api. */
  refreshContainers(): Promise<void> {
    return this.#watch.refresh();
  }

  #runUntilStopped(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.#options.background.run(name, async (signal) => {
      using both = linkSignals([signal, this.#stopped.signal]);
      try {
        await work(both.signal);
      } catch (error) {
        if (!both.signal.aborted) throw error;
      }
    });
  }

  async #probeForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#probeOnce();
      const isInDoubt = this.#health.failedPings > 0 && this.#health.status !== 'unreachable';
      await this.#alarm.wait(isInDoubt ? PROBE_AGAIN_MS : jittered(PROBE_EVERY_MS), signal);
    }
  }

  async #probe(): Promise<void> {
    const wasReady = this.#health.status === 'ready';
    if (this.#checkedVersion !== this.#record.version || (await this.#files.haveChanged())) {
      this.#health = doubt(this.#health);
    }
    if (nextProbe(this.#health, performance.now()) === 'ping') await this.#ping();
    // Not `else`: a server that has just come back is looked over in the same breath.
    if (nextProbe(this.#health, performance.now()) === 'preflight') await this.#preflight();
    if (this.#stopped.signal.aborted) return;
    if (!this.isReachable) this.#watch.cut();
    if (this.#health.status === 'unreachable') this.#connection.reset();
    if (this.#health.status === 'ready' && !wasReady) this.#options.onReady(await this.#connection.open());
    await this.#report();
  }

  async #ping(): Promise<void> {
    try {
      const engine = await this.#connection.open();
      await engine.ping({ signal: this.#stopped.signal });
      if (this.#isPingLost) this.#connection.breaker.endPause();
      this.#isPingLost = false;
      this.#health = afterPing(this.#health, undefined);
    } catch (error) {
      this.#isPingLost = true;
      this.#doubts += 1;
      this.#health = afterPing(this.#health, messageOf(error));
      this.#logger.warn({ err: error, failed_pings: this.#health.failedPings }, 'server.ping_failed');
    }
  }

  async #preflight(): Promise<void> {
    const startedAt = performance.now();
    const { version } = this.#record;
    const doubts = this.#doubts;
    const report = await this.#preflightWhileThere();
    if (this.#stopped.signal.aborted) return;
    if (report === undefined) {
      this.#checkedVersion = version;
      return;
    }
    this.#health = afterPreflight(this.#health, report, performance.now());
    if (this.#doubts !== doubts) this.#health = cutOff(this.#health);
    const { status, reason } = this.#health;
    // A server that keeps its good name after one try without response was not checked by it.
    if (report.outcome === status) this.#checkedVersion = version;
    this.#files.warnOfExpiry(report.certificates ?? {});
    this.#logger.info(
      { status, reason, duration_ms: Math.round(performance.now() - startedAt) },
      'server.preflight',
    );
  }

  /** Undefined when the server was given up meanwhile. */
  async #preflightWhileThere(): Promise<PreflightReport | undefined> {
    // One that was not reached yet is looked at whole, for its reasons.
    if (this.#health.status === 'pending' || !this.isReachable)
      return this.#runPreflight(this.#stopped.signal);
    const isLost = () => this.#health.status === 'unreachable';
    const work = (signal: AbortSignal) => this.#runPreflight(signal);
    const beat = { everyMs: PROBE_EVERY_MS, againMs: PROBE_AGAIN_MS, signal: this.#stopped.signal };
    return whileThere({ ...beat, ask: () => this.#ping(), isLost, isInDoubt: () => this.#isPingLost }, work);
  }

  async #runPreflight(signal: AbortSignal): Promise<PreflightReport> {
    const limits = { signal, timeoutMs: PREFLIGHT_LIMIT_MS };
    const isAwaited = this.#checkedVersion !== this.#record.version;
    const server: CheckedServer = {
      record: this.#record,
      open: () => this.#connection.open(),
      onProgress: isAwaited ? (checks) => this.#progress.tell(checks) : undefined,
    };
    try {
      const report = await within(limits, (ending) => this.#options.preflight(server, ending));
      if (report.outcome !== 'unreachable' && !isStranger(report.checks)) {
        await this.#reap(signal);
      }
      return report;
    } catch (error) {
      const reason = messageOf(error);
      return { outcome: 'unreachable', reason, checks: [fail('engine', reason)], facts: null };
    } finally {
      await this.#progress.settle();
    }
  }

  /** What is left over does no harm for a while: a server whose engine is slow at this is not told of any later. */
  async #reap(signal: AbortSignal): Promise<void> {
    const engine = await this.#connection.open();
    const limits = { signal, timeoutMs: REAP_LIMIT_MS };
    await within(limits, (ending) => reapOneOffs(engine, Date.now(), ending)).catch((error: unknown) => {
      if (!signal.aborted) this.#logger.warn({ err: error }, 'server.left_overs_kept');
    });
  }

  async #report(): Promise<void> {
    const { status, reason, facts } = this.#health;
    const checks = [...this.#health.checks, ...heldBackCheck(this.calls)].map((check) => ({
      ...check,
      detail: check.detail.slice(0, TEXT_LENGTH),
    }));
    const version = this.#checkedVersion;
    if (status === 'pending' || version === undefined) return;
    const key = JSON.stringify([
      version,
      status,
      reason,
      checks.map(({ name, ok, warning, percent }) => [name, ok, warning, percent]),
    ]);
    if (key === this.#reported.key && performance.now() - this.#reported.atMs < REPORT_EVERY_MS) return;
    try {
      const shortReason = reason?.slice(0, TEXT_LENGTH) ?? null;
      const isTaken = await this.#options.api.observeServer(this.#record.id, {
        version,
        status,
        reason: shortReason,
        checks,
        facts,
      });
      // Another compute reaches it, or did until a moment ago: said again with the next probe.
      if (!isTaken && status === 'unreachable') return;
      this.#reported = { key, atMs: performance.now() };
    } catch (error) {
      // Told again with the next probe.
      this.#logger.warn({ err: error }, 'server.report_failed');
    }
  }
}

/** Never longer: a server is given up in time. */
function jittered(ms: number): number {
  return ms * (1 - Math.random() * JITTER);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
