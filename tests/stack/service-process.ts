import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pause } from '@podex/service-kit/waiting';

export const REPOSITORY = path.join(import.meta.dirname, '../..');
/** As `./podex up` does: what the first stack has compiled the next ones find. */
const CODE_CACHE = path.join(REPOSITORY, 'node_modules/.cache/services');
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export interface ServiceProcessOptions {
  name: string;
  /** Program and arguments; Node runs the TypeScript as it is. */
  command: string[];
  cwd?: string;
  environment: Record<string, string>;
  /** Answers 200 once the service is up. */
  healthUrl: string;
  logDirectory: string;
}

/** One service of a stack as a real process: it can be killed as hard as a test likes, and started again with the same environment. */
export class ServiceProcess {
  readonly #options: ServiceProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: ServiceProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} is not started`);
    return this.#child.pid;
  }

  get logFile(): string {
    return path.join(this.#options.logDirectory, `${this.#options.name}.log`);
  }

  /** Starts it and waits until it is healthy. */
  async start(): Promise<void> {
    await this.launch();
    await this.waitHealthy();
  }

  /** Starts it and does not wait. */
  async launch(): Promise<void> {
    const [program = '', ...args] = this.#options.command;
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const child = spawn(program, args, {
      cwd: this.#options.cwd ?? REPOSITORY,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '/root',
        NODE_COMPILE_CACHE: CODE_CACHE,
        ...this.#options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.#child = child;
  }

  async waitHealthy(timeoutMs = START_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (this.#child?.exitCode !== null) {
        throw new Error(`${this.#options.name} ended with ${this.#child?.exitCode}; see ${this.logFile}`);
      }
      const answered = await fetch(this.#options.healthUrl).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) return;
      if (performance.now() > deadline)
        throw new Error(`${this.#options.name} is not healthy; see ${this.logFile}`);
      await pause(100);
    }
  }

  /** `kill -9`, and waits until the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(force);
  }
}
