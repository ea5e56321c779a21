import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type { Logger } from '../logging/logger.ts';
import { REPORT_BYTES, SOCKET_DESCRIPTOR } from './fork-server-protocol.ts';
import type { InheritedDescriptors } from './inherited-descriptors.ts';
import { killAllMessage, type Launch, launchMessage, pipesMessage } from './launch-message.ts';
import { identifyProcess, signalGroup } from './process-group.ts';
import { listProcesses } from './process-table.ts';

export interface ForkServerOptions {
  /** The fork server’s program. */
  program: string;
  /** One runs already: the first program of a workspace has started it, and left a socket to it. */
  isStarted: boolean;
  inherited: InheritedDescriptors;
  logger: Logger;
}

/** How a process ended: one of the two. */
export interface ProcessEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** Leader of a session and group of its own. */
export interface LaunchedProcess {
  pid: number;
  /** See identifyProcess. */
  identity: string;
  /** Never rejects. */
  ended: Promise<ProcessEnd>;
}

interface Asked {
  resolve: (pid: number) => void;
  reject: (error: unknown) => void;
}

const ANSWER_TIMEOUT_MS = 10_000;
const LAST_WAIT_MS = 2_000;
const EXIT_CODE_SHIFT = 8;
const SIGNAL_BITS = 0x7f;
const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
const KILLED: ProcessEnd = { exitCode: null, signal: 'SIGKILL' };

/**
 * Starts processes for the user without a fork of Node, by a small process that was forked before there was a Node. When that is
 * killed (root inside a workspace can), what it had started is killed and told as killed, and the next launch starts another.
 */
export class ForkServer {
  readonly #options: ForkServerOptions;
  readonly #asked = new Map<number, Asked>();
  readonly #running = new Map<number, (end: ProcessEnd) => void>();
  #socket: Socket | undefined;
  #child: ChildProcess | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;

  constructor(options: ForkServerOptions) {
    this.#options = options;
    if (!options.isStarted || !isSocket(SOCKET_DESCRIPTOR)) return;
    options.inherited.add(SOCKET_DESCRIPTOR);
    this.#listen(new Socket({ fd: SOCKET_DESCRIPTOR, readable: true, writable: true }));
  }

  /** @throws the error of the call that failed, with its `code`: ENOENT, EACCES, ENOEXEC, E2BIG, EAGAIN … */
  async launch(launch: Launch): Promise<LaunchedProcess> {
    const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
    const pid = await this.#ask((number) => launchMessage(number, launch), resolve);
    // Of one that has ended meanwhile only the pid is left to know.
    return { pid, identity: identifyProcess(pid) ?? `ended/${pid}/0`, ended };
  }

  /** Named pipes, the daemon’s own. */
  async makePipes(paths: readonly string[]): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
    await this.#ask((number) => pipesMessage(number, paths), resolve);
    await ended;
  }

  /** Kills every process of this user that there is now. */
  async killAllOf(uid: number): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
    try {
      await this.#ask((number) => killAllMessage(number, uid), resolve);
      await ended;
    } catch (error) {
      const isNone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
      if (!isNone) throw error;
    }
  }

  /** The child that waits for something before it becomes its program. Of a server that this process has started. */
  async findWaitingChild(): Promise<number> {
    const server = this.#child?.pid;
    const children = (await listProcesses()).filter(({ parent }) => parent === server);
    const waiting = children.find(({ pid }) => !this.#running.has(pid));
    if (server === undefined || waiting === undefined) throw new Error('No child of the fork server waits.');
    return waiting.pid;
  }

  /** What it has started goes on. */
  stop(): void {
    this.#socket?.destroy();
    this.#child?.unref();
  }

  async #ask(message: (number: number) => Buffer, onEnd: (end: ProcessEnd) => void): Promise<number> {
    this.#count += 1;
    const number = this.#count;
    const bytes = message(number);
    const socket = this.#socket ?? this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = this.#watch(socket, number);
    this.#asked.set(number, {
      reject: (error) => {
        clearTimeout(timer);
        reject(error);
      },
      resolve: (pid) => {
        clearTimeout(timer);
        // At once: the next report may say that it has ended.
        this.#running.set(pid, onEnd);
        resolve(pid);
      },
    });
    socket.write(bytes);
    return promise;
  }

  /** Twice, since a workspace that was frozen meanwhile finds all its timers late. */
  #watch(socket: Socket, number: number): NodeJS.Timeout {
    return setTimeout(() => {
      setTimeout(() => {
        if (this.#asked.has(number)) this.#close(socket, new Error('The fork server does not respond.'));
      }, LAST_WAIT_MS);
    }, ANSWER_TIMEOUT_MS);
  }

  #start(): Socket {
    const { program, inherited } = this.#options;
    const stdio = inherited.cover(['ignore', 'ignore', 'inherit', 'pipe']);
    const child = spawn(program, { stdio, env: {} });
    const socket = child.stdio[SOCKET_DESCRIPTOR];
    if (!(socket instanceof Socket)) throw new Error('The fork server has no socket.');
    child.on('error', (error) => this.#close(socket, error));
    this.#child = child;
    this.#listen(socket);
    return socket;
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#close(socket, error));
    socket.on('close', () => this.#close(socket, new Error('The fork server has ended.')));
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (; at + REPORT_BYTES <= bytes.length; at += REPORT_BYTES) {
      const [number, pid, status] = [
        bytes.readUInt32LE(at),
        bytes.readInt32LE(at + 4),
        bytes.readInt32LE(at + 8),
      ];
      if (number === 0) this.#end(pid, endOf(status));
      else this.#answer(number, pid);
    }
    this.#rest = bytes.subarray(at);
  }

  #answer(number: number, pid: number): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (pid > 0) asked?.resolve(pid);
    else asked?.reject(systemError(pid));
  }

  #end(pid: number, end: ProcessEnd): void {
    const tell = this.#running.get(pid);
    this.#running.delete(pid);
    tell?.(end);
  }

  #close(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#rest = Buffer.alloc(0);
    socket.destroy();
    if (this.#running.size > 0) this.#options.logger.warn({ err: error }, 'daemon.fork_server_lost');
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
    // Nobody would hear of their end.
    for (const pid of [...this.#running.keys()]) {
      signalGroup(pid, 'SIGKILL');
      this.#end(pid, KILLED);
    }
  }
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}

/** As wait4(2) gives it. */
function endOf(status: number): ProcessEnd {
  const number = status & SIGNAL_BITS;
  if (number === 0) return { exitCode: (status >> EXIT_CODE_SHIFT) & 0xff, signal: null };
  return { exitCode: null, signal: (SIGNALS.get(number) ?? 'SIGKILL') as NodeJS.Signals };
}

function systemError(errno: number): Error {
  const message = getSystemErrorMessage(errno) ?? 'unknown error';
  return Object.assign(new Error(message), { code: getSystemErrorName(errno), errno });
}
