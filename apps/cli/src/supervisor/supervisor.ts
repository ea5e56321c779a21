import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT } from '../cli-error.ts';
import { rotateLog } from '../logs/log-file.ts';
import type { PostgresCluster, RunningPostgres } from '../postgres/postgres-cluster.ts';
import type { ProgressStep } from '../progress/progress.ts';
import type { PodexHome } from '../state/podex-home.ts';
import { askHealth } from './health-check.ts';
import { type ProcessDefinition, type ProcessEnd, SupervisedProcess } from './supervised-process.ts';

const HEALTH_TIMEOUT_MS = 90_000;
const HEALTH_EVERY_MS = 100;
/** A service that ends this often before it was ever healthy will not come up. */
const START_ENDS_MAX = 3;
const POSTGRES_WATCH_EVERY_MS = 2_000;
const LOG_WATCH_EVERY_MS = 30_000;
const OUTPUT_LINES_SHOWN = 15;

export interface SupervisorOptions {
  home: PodexHome;
  /** One line for each thing that happens by itself, e.g. a service that ended. */
  onEvent: (line: string) => void;
}

/** All processes of one Podex: brings them up in order, keeps them up, takes them down in the opposite order. */
export class Supervisor {
  private readonly options: SupervisorOptions;
  private readonly processes: SupervisedProcess[] = [];
  private readonly lastEnds = new Map<string, ProcessEnd>();
  private readonly timers: NodeJS.Timeout[] = [];
  private postgres: PostgresCluster | undefined;
  private isStarted = false;
  private isStopping = false;
  private postgresRestart: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.every(LOG_WATCH_EVERY_MS, () => this.rotateLogs());
  }

  /** Starts the database and keeps it running from then on. `signal` gives up on it. */
  async startPostgres(
    postgres: PostgresCluster,
    options: { onProgress: (detail: string) => void; signal: AbortSignal },
  ): Promise<RunningPostgres> {
    this.postgres = postgres;
    const running = await postgres.start(options);
    this.every(POSTGRES_WATCH_EVERY_MS, () => this.watchPostgres(postgres));
    return running;
  }

  /** Starts a service, without waiting until it can work. */
  async launch(definition: ProcessDefinition): Promise<void> {
    await rotateLog(definition.logFile);
    const supervised = new SupervisedProcess(definition, this.options.home, (end) => this.ended(end));
    this.processes.push(supervised);
    await supervised.start();
  }

  /**
   * Waits until a service is healthy, or (`answers`) says anything at all.
   *
   * @throws CliError with what it wrote, when it ends again and again, has a wrong environment, or takes longer
   *   than 90 seconds.
   */
  async waitFor(
    definition: ProcessDefinition,
    options: { until: 'answers' | 'healthy'; step: ProgressStep; signal: AbortSignal },
  ): Promise<void> {
    const deadline = performance.now() + HEALTH_TIMEOUT_MS;
    for (;;) {
      options.signal.throwIfAborted();
      this.requireHope(definition);
      const answer = await askHealth(definition.healthUrl, {
        token: definition.healthToken,
        signal: options.signal,
      });
      if (answer.kind === 'healthy') return;
      if (answer.kind === 'unhealthy' && options.until === 'answers') return;
      options.step.update(
        answer.kind === 'unhealthy' ? `${definition.name}: ${answer.problem}` : definition.name,
      );
      if (performance.now() > deadline) throw this.notHealthy(definition, answer.problem);
      await delay(HEALTH_EVERY_MS, undefined, { signal: options.signal });
    }
  }

  /** From now on the end of a service is told as an event. */
  markStarted(): void {
    this.isStarted = true;
  }

  /** Stops the services, the last one started first, then the database. Workspaces go on running. */
  async stop(onProgress: (name: string) => void): Promise<void> {
    this.isStopping = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const supervised of this.processes.toReversed()) {
      onProgress(supervised.definition.name);
      await supervised.stop('polite');
    }
    if (!this.postgres) return;
    onProgress('postgres');
    await this.postgresRestart;
    await this.postgres.stop();
  }

  /** Ends everything at once. The database recovers at its next start. */
  async kill(): Promise<void> {
    this.isStopping = true;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.processes.map((supervised) => supervised.stop('kill')));
    await this.postgres?.abandon();
  }

  private ended(end: ProcessEnd): void {
    this.lastEnds.set(end.name, end);
    if (this.isStopping || !this.isStarted) return;
    this.options.onEvent(describeEnd(end));
  }

  private requireHope({ name, logFile }: ProcessDefinition): void {
    const end = this.lastEnds.get(name);
    if (!end) return;
    if (end.isMisconfigured) {
      throw new CliError(end.output || `${name} has a wrong environment; see ${logFile}`, {
        exitCode: EXIT.configuration,
        cure: 'podex doctor shows every variable and who reads it',
      });
    }
    if (end.count < START_ENDS_MAX) return;
    throw new CliError(
      [
        `${name} ends right after its start (${describeCode(end)}). The end of ${logFile}:`,
        ...lastLines(end.output),
      ].join('\n'),
    );
  }

  private notHealthy(definition: ProcessDefinition, problem: string): CliError {
    return new CliError(`${definition.name} is not healthy after ${HEALTH_TIMEOUT_MS / 1000} s: ${problem}`, {
      cure: `see ${definition.logFile}`,
    });
  }

  /** All of them, the database's and our own too. */
  private async rotateLogs(): Promise<void> {
    const { logsDirectory } = this.options.home;
    const names = (await readdir(logsDirectory)).filter((name) => name.endsWith('.log'));
    for (const name of names) await rotateLog(path.join(logsDirectory, name));
  }

  private async watchPostgres(postgres: PostgresCluster): Promise<void> {
    if (this.postgresRestart || (await postgres.isRunning()) || this.isStopping) return;
    this.options.onEvent('the database ended; it is started again');
    const restart = postgres.start();
    // For a stop that waits: it is over, well or not.
    this.postgresRestart = restart.then(
      () => undefined,
      () => undefined,
    );
    try {
      await restart;
    } finally {
      this.postgresRestart = undefined;
    }
  }

  private every(ms: number, work: () => Promise<void>): void {
    const run = () => {
      if (this.isStopping) return;
      work().catch((error: unknown) =>
        this.options.onEvent(error instanceof Error ? error.message : String(error)),
      );
    };
    this.timers.push(setInterval(run, ms));
  }
}

/** One line for the person who watches. */
export function describeEnd(end: ProcessEnd): string {
  const what = `${end.name} ended (${describeCode(end)})`;
  if (end.isMisconfigured) return `${what}: ${end.output}`;
  const seconds = ((end.restartInMs ?? 0) / 1000).toFixed(1);
  return `${what}; it is started again in ${seconds} s (podex logs ${end.name})`;
}

function describeCode({ code, signal }: ProcessEnd): string {
  if (signal !== null) return signal;
  return code === null ? 'not started' : `exit code ${code}`;
}

function lastLines(output: string): string[] {
  return output.split('\n').slice(-OUTPUT_LINES_SHOWN);
}
