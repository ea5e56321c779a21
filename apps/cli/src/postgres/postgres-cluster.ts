import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { findFreePort, isPortFree } from '../machine/ports.ts';
import { ensureSystemUser } from '../machine/system-user.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { PodexHome } from '../state/podex-home.ts';
import { identifyProcess, readProcFile, sendSignal } from '../state/process-identity.ts';
import { randomKey } from '../state/secrets.ts';
import { createDatabase } from './create-database.ts';
import { openPostgresBinaries } from './postgres-binaries.ts';
import { PostgresPrograms } from './postgres-programs.ts';
import { type Postmaster, parsePostmasterFile } from './postmaster-file.ts';
import { clearStaleLock } from './stale-lock.ts';

const MAJOR_VERSION = '16';
/** Of the machine, where Podex runs as root. */
const USER = 'podex';
const ROLE = 'podex';
const DATABASE = 'podex';
/** Recovery after a crash of the machine reads the whole log that is left. */
const START_TIMEOUT_SECONDS = 120;
const STOP_TIMEOUT_SECONDS = 4;
const LOG_LINES_SHOWN = 10;
const SETTLE_EVERY_MS = 100;

/** Kept beside the data, whose password it is. */
const clusterFile = z.object({ port: z.number().int().nullable(), password: z.string() });

export interface RunningPostgres {
  /** Holds the password. */
  url: string;
  port: number;
  pid: number;
  /** It ran already: a supervisor was killed and the database went on. */
  wasRunning: boolean;
}

/**
 * The embedded database of one Podex home: PostgreSQL 16 that listens on the loopback address only. It is a
 * process of its own that outlives the process that started it.
 */
export class PostgresCluster {
  private readonly directory: string;
  private readonly dataDirectory: string;
  private readonly clusterFile: string;
  private readonly logFile: string;
  private readonly programs: PostgresPrograms;

  private constructor(home: PodexHome, programs: PostgresPrograms) {
    this.directory = home.postgresDirectory;
    this.dataDirectory = dataDirectoryOf(home);
    this.clusterFile = path.join(home.postgresDirectory, 'cluster.json');
    this.logFile = path.join(home.logsDirectory, 'postgres.log');
    this.programs = programs;
  }

  /** @throws CliError when its programs or its user cannot be had. */
  static async open(home: PodexHome): Promise<PostgresCluster> {
    // PostgreSQL refuses root.
    const user = process.getuid?.() === 0 ? (await ensureSystemUser(USER)).user : undefined;
    await mkdir(home.postgresDirectory, { recursive: true, mode: 0o711 });
    const binaries = await openPostgresBinaries(user, path.join(home.directory, 'lib'));
    return new PostgresCluster(home, new PostgresPrograms(binaries, user));
  }

  /**
   * Makes the database if there is none, starts it if it does not run, and waits until it takes connections.
   *
   * @throws CliError with the end of the database's log.
   */
  async start(
    options: { onProgress?: (detail: string) => void; signal?: AbortSignal } = {},
  ): Promise<RunningPostgres> {
    const { onProgress, signal } = options;
    const cluster = await this.openCluster(onProgress);
    const running = await findSettledPostmaster(this.dataDirectory, signal);
    if (running) return this.describe(running, cluster.password, true);
    await clearStaleLock(this.dataDirectory);
    const port = await this.choosePort(cluster.port);
    if (port !== cluster.port) await writeJsonFile(this.clusterFile, { ...cluster, port }, 0o600);
    await this.prepareLog();
    onProgress?.('starting');
    await this.startPostmaster(port, signal);
    const started = await findPostmaster(this.dataDirectory);
    if (started) return this.describe(started, cluster.password, false);
    throw await this.startFailure(undefined);
  }

  /** Whether the database runs now. Two small reads, so it may be asked often. */
  async isRunning(): Promise<boolean> {
    return (await findPostmaster(this.dataDirectory)) !== undefined;
  }

  /** The same, without having its programs. */
  static async isRunningIn(home: PodexHome): Promise<boolean> {
    return (await findPostmaster(dataDirectoryOf(home))) !== undefined;
  }

  /** Ends connections and stops (a `fast` shutdown); what does not end in time is stopped as a crash would. */
  async stop(): Promise<void> {
    if (!(await findPostmaster(this.dataDirectory))) return;
    const stopped = await this.programs
      .run(
        'pg_ctl',
        [
          'stop',
          '--pgdata',
          this.dataDirectory,
          '--mode',
          'fast',
          '--wait',
          '--timeout',
          String(STOP_TIMEOUT_SECONDS),
        ],
        {
          cwd: this.directory,
          timeoutMs: (STOP_TIMEOUT_SECONDS + 2) * 1000,
        },
      )
      .then(
        () => true,
        () => false,
      );
    // Still there: its next start recovers from its log, nothing committed is lost.
    if (!stopped) await this.abandon();
  }

  /** Stops at once, as a crash would: the next start recovers. */
  async abandon(): Promise<void> {
    const postmaster = await findPostmaster(this.dataDirectory);
    if (postmaster) sendSignal(postmaster.pid, 'SIGQUIT');
  }

  private describe(postmaster: Postmaster, password: string, wasRunning: boolean): RunningPostgres {
    const { port, pid } = postmaster;
    return { url: `postgresql://${ROLE}:${password}@127.0.0.1:${port}/${DATABASE}`, port, pid, wasRunning };
  }

  private async openCluster(
    onProgress: ((detail: string) => void) | undefined,
  ): Promise<z.infer<typeof clusterFile>> {
    const known = await readJsonFile(this.clusterFile, clusterFile);
    const version = await readProcFile(path.join(this.dataDirectory, 'PG_VERSION'));
    if (known && version !== undefined) {
      this.requireVersion(version.trim());
      return known;
    }
    if (version !== undefined) {
      throw new CliError(
        `${this.dataDirectory} holds a database, but ${this.clusterFile} with its password is gone`,
        {
          cure: `put ${this.clusterFile} back from a backup`,
        },
      );
    }
    onProgress?.('making the database');
    return this.create();
  }

  /** The password is written first: data without it could never be opened. */
  private async create(): Promise<z.infer<typeof clusterFile>> {
    const cluster = { port: null, password: randomKey() };
    await writeJsonFile(this.clusterFile, cluster, 0o600);
    await createDatabase({
      programs: this.programs,
      directory: this.directory,
      dataDirectory: this.dataDirectory,
      role: ROLE,
      password: cluster.password,
      database: DATABASE,
    });
    return cluster;
  }

  private requireVersion(version: string): void {
    if (version === MAJOR_VERSION) return;
    throw new CliError(
      `the database in ${this.dataDirectory} is of PostgreSQL ${version}, this Podex brings ${MAJOR_VERSION}`,
      { cure: `run the Podex that made it, or set DATABASE_URL to a server of PostgreSQL ${version}` },
    );
  }

  /** The same port as before if it is free, so that a tool that was pointed at it goes on working. */
  private async choosePort(remembered: number | null): Promise<number> {
    if (remembered !== null && (await isPortFree(remembered))) return remembered;
    return findFreePort();
  }

  private async startPostmaster(port: number, signal: AbortSignal | undefined): Promise<void> {
    const settings = [
      `-c port=${port}`,
      '-c listen_addresses=127.0.0.1',
      "-c unix_socket_directories=''",
      '-c max_connections=200',
      // Each look is a process for each database: of one machine’s work it finds as much every few minutes.
      '-c autovacuum_naptime=3min',
      '-c max_logical_replication_workers=0',
    ];
    try {
      await this.programs.run(
        'pg_ctl',
        [
          'start',
          '--pgdata',
          this.dataDirectory,
          '--log',
          this.logFile,
          '--options',
          settings.join(' '),
          '--wait',
          '--timeout',
          String(START_TIMEOUT_SECONDS),
        ],
        { cwd: this.directory, timeoutMs: (START_TIMEOUT_SECONDS + 10) * 1000, signal },
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw await this.startFailure(error);
    }
  }

  private async prepareLog(): Promise<void> {
    await using log = await open(this.logFile, 'a', 0o600);
    const { user } = this.programs;
    if (user) await log.chown(user.uid, user.gid);
  }

  private async startFailure(error: unknown): Promise<CliError> {
    const log = await readFile(this.logFile, 'utf8').catch(() => '');
    const lines = log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
    const cause = lines.some((line) => line.includes('No space left on device'))
      ? 'the disk is full'
      : `the end of ${this.logFile} says why:`;
    return new CliError([`the database does not start: ${cause}`, ...lines].join('\n'), { cause: error });
  }
}

function dataDirectoryOf(home: PodexHome): string {
  return path.join(home.postgresDirectory, 'data');
}

/** Waits for one that is starting up: somebody else started it, and was killed meanwhile. */
async function findSettledPostmaster(
  dataDirectory: string,
  signal: AbortSignal | undefined,
): Promise<Postmaster | undefined> {
  const deadline = performance.now() + START_TIMEOUT_SECONDS * 1000;
  for (;;) {
    const postmaster = await findPostmaster(dataDirectory);
    if (!postmaster || postmaster.isReady || performance.now() > deadline) return postmaster;
    await delay(SETTLE_EVERY_MS, undefined, signal ? { signal } : {});
  }
}

/** The running database, from its own file; believed only if that process is one of PostgreSQL's on this folder. */
async function findPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const text = await readProcFile(path.join(dataDirectory, 'postmaster.pid'));
  const postmaster = text === undefined ? undefined : parsePostmasterFile(text);
  if (!postmaster || !(await identifyProcess(postmaster.pid))) return undefined;
  const commandLine = (await readProcFile(`/proc/${postmaster.pid}/cmdline`)) ?? '';
  return commandLine.split('\0').includes(dataDirectory) ? postmaster : undefined;
}
