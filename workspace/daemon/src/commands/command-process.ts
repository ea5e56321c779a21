import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause, setImmediate as pollRound } from 'node:timers/promises';
import type { Logger } from '../logging/logger.ts';
import type { OutputLog } from './output-log.ts';
import type { OutputPipe } from './output-pipe.ts';
import { identifyProcess, signalGroup } from './process-group.ts';

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
  /** Throws what keeps the kernel from starting it. The process leads a session of its own and writes to the pipe. */
  begin: () => ChildProcess;
  pipe: OutputPipe;
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
  /** See identifyProcess; undefined when nothing was started. */
  readonly identity: string | undefined;
  /** Undefined when the kernel refused to start it. */
  readonly #child: ChildProcess | undefined;
  #refusal: unknown;
  readonly #options: StartProcessOptions;
  #readBytes = 0;
  #isTimedOut = false;

  /** Never throws for a program that cannot be run: that is an outcome, as it is in a shell. */
  constructor(options: StartProcessOptions) {
    const { begin, timeoutMs } = options;
    this.#options = options;
    try {
      this.#child = begin();
    } catch (error) {
      // E.g. E2BIG.
      this.#refusal = error;
    }
    this.identity = this.#child?.pid === undefined ? undefined : identifyProcess(this.#child.pid);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#timeOut(), timeoutMs);
    this.ended = this.#run().finally(() => clearTimeout(timer));
  }

  /** Signals the whole group; TERM is followed by KILL. */
  signal(signal: NodeJS.Signals, graceMs = this.#options.limits.killGraceMs): void {
    const groupId = this.#child?.pid;
    if (groupId === undefined) return;
    signalGroup(groupId, signal);
    if (signal === 'SIGTERM') setTimeout(() => signalGroup(groupId, 'SIGKILL'), graceMs);
  }

  #timeOut(): void {
    this.#isTimedOut = true;
    this.signal('SIGTERM');
  }

  async #run(): Promise<ProcessOutcome> {
    const { pipe, log, logger } = this.#options;
    const exited = this.#exit();
    const read = this.#readOutput().catch((error: unknown) =>
      logger.error({ err: error }, 'command.output_failed'),
    );
    const { exitCode, signal } = await exited;
    pipe.closeWriteEnd();
    await this.#drain(read);
    await log.seal().catch((error: unknown) => logger.error({ err: error }, 'command.output_failed'));
    return { exitCode, signal, isTimedOut: this.#isTimedOut };
  }

  async #exit(): Promise<Pick<ProcessOutcome, 'exitCode' | 'signal'>> {
    try {
      if (this.#child === undefined) throw this.#refusal;
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) return { exitCode, signal: signalCode };
      const exited = once(this.#child, 'exit');
      if (this.#child.pid !== undefined) this.#options.pipe.closeWriteEnd();
      const [code, signal] = await exited;
      return { exitCode: code, signal };
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
      await this.#options.log.append(chunk);
    }
  }

  async #drain(read: Promise<void>): Promise<void> {
    const { drainQuietMs, drainMaxMs } = this.#options.limits;
    const deadline = performance.now() + drainMaxMs;
    const isOver = read.then(() => true);
    for (let before = -1; before !== this.#readBytes && performance.now() < deadline; ) {
      before = this.#readBytes;
      if (await Promise.race([isOver, pause(drainQuietMs, false)])) return;
      // A timer that is late must not count as silence: the event loop looks at the pipe once more.
      await pollRound();
    }
  }
}
