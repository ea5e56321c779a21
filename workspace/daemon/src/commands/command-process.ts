import { setTimeout as pause, setImmediate as pollRound } from 'node:timers/promises';
import type { CommandId } from '@podex/contracts/ids';
import type { Logger } from '../logging/logger.ts';
import type { LaunchedProcess } from '../spawning/fork-server.ts';
import { endProcesses } from './end-processes.ts';
import type { OutputLog } from './output-log.ts';
import type { CommandOutput } from './prepared-command.ts';

export interface ProcessLimits {
  /** From TERM to KILL. */
  killGraceMs: number;
  /** Silence after the end of the process that says that its last output has been read. */
  drainQuietMs: number;
  /** How long children that it left behind may keep that silence from coming. */
  drainMaxMs: number;
}

export const PROCESS_LIMITS: ProcessLimits = { killGraceMs: 5_000, drainQuietMs: 100, drainMaxMs: 1_000 };

export interface StartProcessOptions {
  id: CommandId;
  /** Throws what keeps the kernel from starting it. The process leads a session of its own and writes to the pipe. */
  begin: () => Promise<LaunchedProcess>;
  pipe: CommandOutput;
  log: OutputLog;
  timeoutMs: number | undefined;
  limits: ProcessLimits;
  logger: Logger;
}

export interface ProcessOutcome {
  exitCode: number | null;
  signal: string | null;
  isTimedOut: boolean;
}

/** The exit code of a shell for a program that is not there, or may not be run. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;

/** A command’s process, leader of a session and group of its own. Its output goes to the log until the process has ended. */
export class CommandProcess {
  /** Resolves when the process has ended and its output is in the log; never rejects. */
  readonly ended: Promise<ProcessOutcome>;
  /** Undefined when the kernel refused to start it. */
  readonly #launched: LaunchedProcess | undefined;
  readonly #refusal: unknown;
  readonly #options: StartProcessOptions;
  #readBytes = 0;
  /** What was read last, on its way into the log. */
  #appended: Promise<void> = Promise.resolve();
  #isTimedOut = false;

  private constructor(
    options: StartProcessOptions,
    launched: LaunchedProcess | undefined,
    refusal?: unknown,
  ) {
    const { timeoutMs } = options;
    this.#options = options;
    this.#launched = launched;
    this.#refusal = refusal;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#timeOut(), timeoutMs);
    this.ended = this.#run().finally(() => clearTimeout(timer));
  }

  /** Never rejects for a program that cannot be run: that is an outcome, as it is in a shell. */
  static async start(options: StartProcessOptions): Promise<CommandProcess> {
    try {
      return new CommandProcess(options, await options.begin());
    } catch (error) {
      // E.g. E2BIG.
      return new CommandProcess(options, undefined, error);
    }
  }

  /** See identifyProcess; undefined when nothing was started. */
  get identity(): string | undefined {
    return this.#launched?.identity;
  }

  /** Signals all that belongs to it, see endProcesses. */
  async signal(signal: NodeJS.Signals, graceMs = this.#options.limits.killGraceMs): Promise<void> {
    const leader = this.#launched?.pid;
    if (leader !== undefined) await endProcesses({ id: this.#options.id, leader, signal, graceMs });
  }

  #timeOut(): void {
    const { id, logger } = this.#options;
    this.#isTimedOut = true;
    this.signal('SIGTERM').catch((error: unknown) =>
      logger.error({ err: error, command_id: id }, 'command.signal_failed'),
    );
  }

  async #run(): Promise<ProcessOutcome> {
    const { pipe, log, logger } = this.#options;
    const exited = this.#exit();
    const read = this.#readOutput().catch((error: unknown) =>
      logger.error({ err: error }, 'command.output_failed'),
    );
    const { exitCode, signal } = await exited;
    pipe.closeEnd();
    await this.#drain(read);
    await log.seal().catch((error: unknown) => logger.error({ err: error }, 'command.output_failed'));
    return { exitCode, signal, isTimedOut: this.#isTimedOut };
  }

  async #exit(): Promise<Pick<ProcessOutcome, 'exitCode' | 'signal'>> {
    try {
      if (this.#launched === undefined) throw this.#refusal;
      this.#options.pipe.closeEnd();
      return await this.#launched.ended;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.#options.log.append(Buffer.from(`${message}\n`));
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return { exitCode: isMissing ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, signal: null };
    }
  }

  /** To the end of the pipe, which children left behind may hold open long after; what they write then is read and dropped. */
  async #readOutput(): Promise<void> {
    for await (const chunk of this.#options.pipe.output) {
      this.#readBytes += chunk.length;
      this.#appended = this.#options.log.append(chunk);
      await this.#appended;
    }
  }

  async #drain(read: Promise<void>): Promise<void> {
    const { drainQuietMs, drainMaxMs } = this.#options.limits;
    const deadline = performance.now() + drainMaxMs;
    const isOver = read.then(() => true);
    for (let before = -1; before !== this.#readBytes && performance.now() < deadline; ) {
      before = this.#readBytes;
      if (await Promise.race([isOver, pause(drainQuietMs, false)])) return;
      // Nothing is read while the disk is slow: that is no silence.
      await this.#appended.catch(() => undefined);
      // A timer that is late must not count as silence: the event loop looks at the pipe once more.
      await pollRound();
    }
  }
}
