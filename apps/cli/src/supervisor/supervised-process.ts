import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { backoffMs } from '@podex/service-kit/waiting';
import { CliError, errorCode } from '../cli-error.ts';
import { fileSize, readLogFrom } from '../logs/log-file.ts';
import type { PodexHome } from '../state/podex-home.ts';
import { identifyProcess, sendSignal } from '../state/process-identity.ts';
import { removeProcessRecord, writeProcessRecord } from '../state/run-records.ts';
import { commandAs, type ProcessUser } from './process-user.ts';

/** A service that leaves with this code has a wrong environment: starting it again is of no use. */
const EXIT_CONFIGURATION = 78;
const OUTPUT_BYTES_MAX = 8 * 1024;
const RESTART_BASE_MS = 500;
const RESTART_MAX_MS = 30_000;
/** A process that lived this long was well; its next end is the first of a new series. */
const WELL_AFTER_MS = 60_000;

export interface ProcessDefinition {
  name: string;
  /** Undefined: as this process. */
  user: ProcessUser | undefined;
  program: string;
  arguments: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  /** Standard output and error are appended to it. */
  logFile: string;
  /** `GET` there answers 200 once it can work. */
  healthUrl: string;
  /** Bearer token with which it says there what is wrong. */
  healthToken?: string | undefined;
  /** How long it may take to stop before it is killed, in milliseconds. */
  stopGraceMs: number;
}

/** How a process ended that nobody asked to end. */
export interface ProcessEnd {
  name: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it wrote since it was started, at most 8 KB. */
  output: string;
  isMisconfigured: boolean;
  /** Ends in a row without being well in between. */
  count: number;
  /** When it is started again, in milliseconds from now; undefined when it is not. */
  restartInMs: number | undefined;
}

export type ProcessState = 'idle' | 'running' | 'waiting' | 'misconfigured' | 'stopped';

/**
 * One service as a process in a session and group of its own, so that Ctrl-C in a terminal reaches only the
 * supervisor. It is started again when it ends by itself, later each time, up to every 30 seconds.
 */
export class SupervisedProcess {
  readonly definition: ProcessDefinition;
  private readonly home: PodexHome;
  private readonly onEnd: (end: ProcessEnd) => void;
  private child: ChildProcess | undefined;
  private starting: Promise<void> = Promise.resolve();
  private restartTimer: NodeJS.Timeout | undefined;
  private current: ProcessState = 'idle';
  private endsInARow = 0;
  private restarts = -1;
  private startedAt = 0;
  private logStart = 0;

  constructor(definition: ProcessDefinition, home: PodexHome, onEnd: (end: ProcessEnd) => void) {
    this.definition = definition;
    this.home = home;
    this.onEnd = onEnd;
  }

  get state(): ProcessState {
    return this.current;
  }

  /** @throws CliError when the program cannot be started at all. */
  start(): Promise<void> {
    this.starting = this.spawnProcess();
    return this.starting;
  }

  private async spawnProcess(): Promise<void> {
    const { name, user, logFile, directory, environment } = this.definition;
    const command = commandAs(user, this.definition);
    this.logStart = await fileSize(logFile);
    await using log = await open(logFile, 'a', 0o600);
    const child = spawn(command.program, command.arguments, {
      cwd: directory,
      env: { ...environment },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(new CliError(`${name} cannot be started: ${cause.message}`, { cause })),
      );
    });
    this.child = child;
    this.current = 'running';
    this.startedAt = performance.now();
    this.restarts += 1;
    child.once('exit', (code, signal) => this.ended(child, code, signal));
    await this.record(child);
  }

  /**
   * Ends it and everything it started. Never throws: what cannot be ended politely is killed.
   *
   * @param mode `kill` leaves out the polite part.
   */
  async stop(mode: 'polite' | 'kill'): Promise<void> {
    clearTimeout(this.restartTimer);
    // A start that is under way would leave a process behind; if it fails, it has been told already.
    await this.starting.catch(() => undefined);
    clearTimeout(this.restartTimer);
    const child = this.child;
    this.current = 'stopped';
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      return this.forget();
    const { pid } = child;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    sendSignal(-pid, mode === 'polite' ? 'SIGTERM' : 'SIGKILL');
    const force = setTimeout(() => sendSignal(-pid, 'SIGKILL'), this.definition.stopGraceMs);
    await ended;
    clearTimeout(force);
    // What it left running in its group.
    sendSignal(-pid, 'SIGKILL');
    await this.forget();
  }

  private async record(child: ChildProcess): Promise<void> {
    const identity = child.pid === undefined ? undefined : await identifyProcess(child.pid);
    // Undefined: it has ended already, and there is nothing to find later.
    if (!identity || this.child !== child) return;
    await writeProcessRecord(this.home, {
      ...identity,
      name: this.definition.name,
      started_at: new Date().toISOString(),
      restarts: this.restarts,
    });
  }

  private async forget(): Promise<void> {
    await removeProcessRecord(this.home, this.definition.name);
  }

  private ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.current === 'stopped' || this.child !== child) return;
    this.child = undefined;
    if (performance.now() - this.startedAt > WELL_AFTER_MS) this.endsInARow = 0;
    this.endsInARow += 1;
    const isMisconfigured = code === EXIT_CONFIGURATION;
    this.current = isMisconfigured ? 'misconfigured' : 'waiting';
    const restartInMs = isMisconfigured
      ? undefined
      : backoffMs(this.endsInARow - 1, RESTART_BASE_MS, RESTART_MAX_MS);
    if (restartInMs !== undefined) {
      this.restartTimer = setTimeout(() => this.restart(), restartInMs);
    }
    this.tell({
      name: this.definition.name,
      code,
      signal,
      isMisconfigured,
      count: this.endsInARow,
      restartInMs,
    });
  }

  private restart(): void {
    this.start().catch((error: unknown) => {
      // The program itself is gone or the disk is full: the same series of ends goes on.
      this.endsInARow += 1;
      this.current = 'waiting';
      const restartInMs = backoffMs(this.endsInARow - 1, RESTART_BASE_MS, RESTART_MAX_MS);
      this.restartTimer = setTimeout(() => this.restart(), restartInMs);
      const output = error instanceof Error ? error.message : String(error);
      this.onEnd({
        name: this.definition.name,
        code: null,
        signal: null,
        output,
        isMisconfigured: false,
        count: this.endsInARow,
        restartInMs,
      });
    });
  }

  private tell(end: Omit<ProcessEnd, 'output'>): void {
    readLogFrom(this.definition.logFile, this.logStart, OUTPUT_BYTES_MAX).then(
      (output) => this.onEnd({ ...end, output: output.trim() }),
      (error: unknown) => this.onEnd({ ...end, output: errorCode(error) ?? String(error) }),
    );
  }
}
