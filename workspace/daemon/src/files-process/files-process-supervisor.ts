import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type ClientRequest, type RequestOptions, request } from 'node:http';
import { PodexError } from '@podex/contracts/errors';
import { WORKSPACE_NODE_FLAGS } from '@podex/contracts/internal/daemon';
import type { Logger } from '../logging/logger.ts';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import { type DecisionMessage, type FilesProcessMessage, filesProcessMessage } from './protocol.ts';

const START_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 64;

export type PreparedMessage = Extract<FilesProcessMessage, { type: 'prepared' }>;

export interface FilesProcessOptions {
  entryPath: string;
  /** Which process; that of files when left out. */
  role?: 'files' | 'checkpoints';
  /** Options of the command line that tell the process where and as whom to serve. */
  commandLine: readonly string[];
  environment: Readonly<Record<string, string>>;
  socketPath: string;
  inherited: InheritedDescriptors;
  /** Idle for that long, the process ends; the next request starts another. */
  idleMs: number;
  logger: Logger;
}

/** Variables by which the user could have code run, or a debugger opened, in a process that still is root when it starts. */
const LOADER_VARIABLES = /^(NODE_|LD_|OPENSSL_)/;

function withoutLoaderVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !LOADER_VARIABLES.test(name)));
}

interface Running {
  child: ChildProcess;
  /** Connections to this child; they end with it. */
  agent: Agent;
  listening: Promise<void>;
  isUsed: boolean;
}

const WARM_UP_AFTER_MS = 250;

/**
 * Keeps the files process: started when it is needed, started again when it has died (the user may kill it: it runs as the user),
 * ended when nobody has needed it for a while.
 */
export class FilesProcessSupervisor {
  readonly #options: FilesProcessOptions;
  readonly #prepared = new Map<string, (message: PreparedMessage) => Promise<PodexError | undefined>>();
  #running: Running | undefined;
  #requests = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: FilesProcessOptions) {
    this.#options = options;
  }

  /** Resolves when the process takes requests. @throws PodexError service_unavailable. */
  async start(): Promise<void> {
    this.#running ??= this.#spawn();
    await this.#running.listening;
  }

  /** Starts the process ahead of the first request, a moment later: a first command is not to share the processors with it. */
  warmUp(): void {
    const start = () =>
      this.start().catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, 'files_process.start_failed'),
      );
    setTimeout(start, WARM_UP_AFTER_MS).unref();
  }

  /** A request to the process, which must be up (`start`). Its errors are the caller’s to handle. */
  request(options: Pick<RequestOptions, 'method' | 'path' | 'headers'>): ClientRequest {
    const running = this.#running;
    if (running !== undefined) running.isUsed = true;
    const agent = running?.agent;
    const outgoing = request({
      ...options,
      insecureHTTPParser: false,
      agent,
      socketPath: this.#options.socketPath,
    });
    this.#requests += 1;
    clearTimeout(this.#idleTimer);
    outgoing.once('close', () => {
      this.#requests -= 1;
      if (this.#requests === 0) this.#endWhenIdle();
    });
    return outgoing;
  }

  /** `decide` is asked once before the operation is carried out; an error that it gives refuses it. Dispose when it has ended. */
  onPrepared(
    operation: string,
    decide: (message: PreparedMessage) => Promise<PodexError | undefined>,
  ): Disposable {
    this.#prepared.set(operation, decide);
    return { [Symbol.dispose]: () => this.#prepared.delete(operation) };
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const child = this.#running?.child;
    this.#running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  #spawn(): Running {
    const { entryPath, role = 'files', commandLine, environment, inherited, logger } = this.#options;
    const child = fork(entryPath, [role, ...commandLine], {
      env: withoutLoaderVariables(environment),
      execArgv: [...WORKSPACE_NODE_FLAGS],
      stdio: inherited.cover(['ignore', 'inherit', 'inherit', 'ipc']),
    });
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    const fail = (cause: unknown) => {
      reject(
        new PodexError(
          'service_unavailable',
          'The files of the workspace are not served right now.',
          { service: 'files' },
          { cause },
        ),
      );
    };
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
    const running = { child, agent, listening, isUsed: false };
    child.on('error', fail);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      agent.destroy();
      logger.info({ code, signal, role }, 'files_process.ended');
      if (this.#running === running) {
        this.#running = undefined;
        // It finishes the saves that were cut off, before other programs write to the files.
        if (running.isUsed) this.warmUp();
      }
      fail(new Error(`the files process ended: ${signal ?? code}`));
    });
    child.on('message', (raw) => {
      const message = filesProcessMessage.safeParse(raw);
      if (!message.success) {
        // It runs with the user’s rights; what it says must not bring the daemon down.
        logger.error({ err: message.error }, 'files_process.not_understood');
        child.kill('SIGKILL');
        return;
      }
      if (message.data.type === 'prepared') {
        this.#decide(child, message.data);
        return;
      }
      clearTimeout(timer);
      resolve();
      this.#endWhenIdle();
    });
    // The caller that awaits `listening` hears of a failure; when nobody does, the exit was logged.
    listening.catch(() => undefined);
    return running;
  }

  #decide(child: ChildProcess, message: PreparedMessage): void {
    const reply = (refusal: PodexError | undefined) => {
      const decision: DecisionMessage = {
        type: 'decision',
        operation: message.operation,
        ...(refusal && { refusal: refusal.toBody(message.operation) }),
      };
      if (child.connected) child.send(decision);
    };
    const decide = this.#prepared.get(message.operation);
    if (decide === undefined) {
      reply(new PodexError('conflict', 'Nobody waits for this change any more.', {}));
      return;
    }
    decide(message).then(reply, (error: unknown) => {
      this.#options.logger.error({ err: error }, 'files_process.decision_failed');
      reply(new PodexError('internal', 'The change could not be recorded.', {}));
    });
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      // The next request may come while this one ends: it must not meet it.
      const running = this.#running;
      this.#running = undefined;
      running?.child.kill('SIGTERM');
    }, this.#options.idleMs);
    this.#idleTimer.unref();
  }
}
