import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { z } from 'zod';
import { CliError, errorCode } from '../cli-error.ts';
import { findFreePort, isPortFree } from '../machine/ports.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { PodexHome } from '../state/podex-home.ts';
import { identifyProcess, readProcFile, sendSignal } from '../state/process-identity.ts';
import { randomKey } from '../state/secrets.ts';
import { openPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { ensurePostgresUser, type SystemUser } from './postgres-user.ts';
import { type Postmaster, parsePostmasterFile } from './postmaster-file.ts';

const MAJOR_VERSION = '16';
const ROLE = 'podex';
const DATABASE = 'podex';
const CREATE_TIMEOUT_MS = 120_000;
/** Recovery after a crash of the machine reads the whole log that is left. */
const START_TIMEOUT_SECONDS = 120;
const STOP_TIMEOUT_SECONDS = 6;
const LOG_LINES_SHOWN = 10;

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
 * process of its own that outlives whoever started it.
 */
export class PostgresCluster {
  private readonly directory: string;
  private readonly dataDirectory: string;
  private readonly clusterFile: string;
  private readonly logFile: string;
  private readonly user: SystemUser | undefined;
  private readonly binaries: PostgresBinaries;

  private constructor(home: PodexHome, user: SystemUser | undefined, binaries: PostgresBinaries) {
    this.directory = home.postgresDirectory;
    this.dataDirectory = path.join(home.postgresDirectory, 'data');
    this.clusterFile = path.join(home.postgresDirectory, 'cluster.json');
    this.logFile = path.join(home.logsDirectory, 'postgres.log');
    this.user = user;
    this.binaries = binaries;
  }

  /** @throws CliError when its programs or its user cannot be had. */
  static async open(home: PodexHome): Promise<PostgresCluster> {
    const user = await ensurePostgresUser();
    await mkdir(home.postgresDirectory, { recursive: true, mode: 0o711 });
    const binaries = await openPostgresBinaries(user, path.join(home.directory, 'lib'));
    return new PostgresCluster(home, user, binaries);
  }

  /**
   * Makes the database if there is none, starts it if it does not run, and waits until it takes connections.
   *
   * @throws CliError with the end of the database's log.
   */
  async start(options: { onProgress?: (detail: string) => void; signal?: AbortSignal } = {}): Promise<RunningPostgres> {
    const { onProgress, signal } = options;
    const cluster = await this.openCluster(onProgress);
    const running = await this.findPostmaster();
    if (running?.isReady) return this.describe(running, cluster.password, true);
    const port = await this.choosePort(cluster.port);
    if (port !== cluster.port) await writeJsonFile(this.clusterFile, { ...cluster, port }, 0o600);
    await this.prepareLog();
    onProgress?.('starting');
    await this.startPostmaster(port, signal);
    const started = await this.findPostmaster();
    if (started) return this.describe(started, cluster.password, false);
    throw await this.startFailure(undefined);
  }

  /** Whether the database runs now. Two small reads, so it may be asked often. */
  async isRunning(): Promise<boolean> {
    return (await this.findPostmaster()) !== undefined;
  }

  /** Ends connections and stops (a `fast` shutdown); what does not end in time is stopped as a crash would. */
  async stop(): Promise<void> {
    if (!(await this.findPostmaster())) return;
    const stopped = await this.run(
      this.binaries.pgCtl,
      ['stop', '--pgdata', this.dataDirectory, '--mode', 'fast', '--wait', '--timeout', String(STOP_TIMEOUT_SECONDS)],
      { timeoutMs: (STOP_TIMEOUT_SECONDS + 2) * 1000 },
    ).then(
      () => true,
      () => false,
    );
    // Still there: its next start recovers from its log, nothing committed is lost.
    if (!stopped) await this.abandon();
  }

  /** Stops at once, as a crash would: the next start recovers. */
  async abandon(): Promise<void> {
    const postmaster = await this.findPostmaster();
    if (postmaster) sendSignal(postmaster.pid, 'SIGQUIT');
  }

  /** The running database, read back from its own file and believed only if that process is one of postgres on this folder. */
  private async findPostmaster(): Promise<Postmaster | undefined> {
    const text = await readProcFile(path.join(this.dataDirectory, 'postmaster.pid'));
    const postmaster = text === undefined ? undefined : parsePostmasterFile(text);
    if (!postmaster || !(await identifyProcess(postmaster.pid))) return undefined;
    const commandLine = (await readProcFile(`/proc/${postmaster.pid}/cmdline`)) ?? '';
    return commandLine.split('\0').includes(this.dataDirectory) ? postmaster : undefined;
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
      throw new CliError(`${this.dataDirectory} holds a database, but ${this.clusterFile} with its password is gone`, {
        cure: `put ${this.clusterFile} back from a backup`,
      });
    }
    onProgress?.('making the database');
    return this.create();
  }

  private requireVersion(version: string): void {
    if (version === MAJOR_VERSION) return;
    throw new CliError(
      `the database in ${this.dataDirectory} is of PostgreSQL ${version}, this Podex brings ${MAJOR_VERSION}`,
      { cure: `run the Podex that made it, or set DATABASE_URL to a server of PostgreSQL ${version}` },
    );
  }

  /** Under another name first: a half made database is never taken for a whole one. */
  private async create(): Promise<z.infer<typeof clusterFile>> {
    const cluster = { port: null, password: randomKey() };
    const scratch = path.join(this.directory, 'data.new');
    const passwordFile = path.join(this.directory, 'password.new');
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { mode: 0o700 });
    await writeFile(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
    try {
      await this.own(scratch);
      await this.own(passwordFile);
      await this.run(this.binaries.initdb, [
        '--pgdata',
        scratch,
        '--username',
        ROLE,
        '--pwfile',
        passwordFile,
        '--auth',
        'scram-sha-256',
        '--encoding',
        'UTF8',
        '--locale',
        'C.UTF-8',
        '--data-checksums',
      ]);
      await this.run(this.binaries.postgres, ['--single', '-D', scratch, 'postgres'], {
        input: `CREATE DATABASE ${DATABASE};\n`,
      });
      await writeJsonFile(this.clusterFile, cluster, 0o600);
      await rename(scratch, this.dataDirectory);
    } catch (error) {
      await rm(scratch, { recursive: true, force: true });
      throw this.createFailure(error);
    } finally {
      await rm(passwordFile, { force: true });
    }
    return cluster;
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
      '-c log_line_prefix=%m%t',
    ];
    try {
      await this.run(
        this.binaries.pgCtl,
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
        { timeoutMs: (START_TIMEOUT_SECONDS + 10) * 1000, signal },
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw await this.startFailure(error);
    }
  }

  private async prepareLog(): Promise<void> {
    await using log = await open(this.logFile, 'a', 0o600);
    if (this.user) await log.chown(this.user.uid, this.user.gid);
  }

  private async own(file: string): Promise<void> {
    if (this.user) await chown(file, this.user.uid, this.user.gid);
  }

  private async run(
    program: string,
    arguments_: string[],
    options: { input?: string; timeoutMs?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await execa(program, arguments_, {
      ...(this.user ? { uid: this.user.uid, gid: this.user.gid } : {}),
      // Not this process's folder: the database's user may not be let into it.
      cwd: this.directory,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      extendEnv: false,
      timeout: options.timeoutMs ?? CREATE_TIMEOUT_MS,
      // The database inherits what pg_ctl has; a pipe of ours would never close.
      ...(options.input === undefined
        ? { stdin: 'ignore' as const, stdout: 'ignore' as const }
        : { input: options.input }),
      ...(options.signal ? { cancelSignal: options.signal } : {}),
    });
  }

  private createFailure(error: unknown): CliError {
    return new CliError(`the database cannot be made in ${this.directory}: ${reasonOf(error)}`, {
      cure: 'or use a database of your own: DATABASE_URL=postgresql://user:password@host:5432/podex ./podex up',
      cause: error,
    });
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

function reasonOf(error: unknown): string {
  if (error instanceof ExecaError) {
    const text = String(error.stderr ?? '').trim();
    if (text.includes('No space left on device')) return 'the disk is full';
    return text.split('\n').slice(-3).join(' ') || error.shortMessage;
  }
  if (errorCode(error) === 'ENOSPC') return 'the disk is full';
  return error instanceof Error ? error.message : String(error);
}
