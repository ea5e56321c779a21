import { chownSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause, setImmediate as pollRound } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { requireBinary } from '@lydell/node-pty/requireBinary.js';
import type { Logger } from '../logging/logger.ts';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';

/** Silence after the end of the shell that says that its last output has been read. */
const DRAIN_QUIET_MS = 100;
/** How long programs that outlive the shell may keep that silence from coming. */
const DRAIN_MAX_MS = 1_000;

export interface PtyOptions {
  file: string;
  args: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  identity: { uid?: number; gid?: number };
  inherited: InheritedDescriptors;
  /** Of bash; what is inherited cannot be closed without it. */
  bashPath: string | undefined;
  cols: number;
  rows: number;
  /** Output, in pieces as they are read. */
  onData: (bytes: Buffer) => void;
  /** Called once, after all output. */
  onExit: (exit: PtyExit) => void;
  /** Input that was held back may go on. */
  onDrain: () => void;
  logger: Logger;
}

export interface PtyExit {
  code: number | null;
  signal: string | null;
}

/**
 * A program on a pseudoterminal. Built on node-pty’s native part alone: its JavaScript closes the terminal 200 ms after the program’s
 * end, read or not, and cannot tell how much input waits.
 */
export class Pty {
  readonly pid: number;
  readonly #options: PtyOptions;
  readonly #fd: number;
  readonly #stream: ReadStream;
  readonly #native = requireBinary('pty.node');
  #readBytes = 0;
  #isClosed = false;

  /** @throws when the kernel has no terminal or process left to give. */
  constructor(options: PtyOptions) {
    const { cwd, environment, identity, inherited, cols, rows } = options;
    this.#options = options;
    const [file = '', ...args] = withoutInherited(options);
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const { uid = -1, gid = -1 } = identity;
    const onExit = (exitCode: number, signal: number) => this.#finish(exitCode, signal);
    const child = this.#native.fork(file, args, variables, cwd, cols, rows, uid, gid, true, '', onExit);
    this.pid = child.pid;
    this.#fd = child.fd;
    inherited.add(child.fd);
    this.#handOver(child.pty);
    this.#stream = new ReadStream(child.fd);
    this.#stream.on('data', (bytes: Buffer) => {
      this.#readBytes += bytes.length;
      options.onData(bytes);
    });
    this.#stream.on('drain', () => options.onDrain());
    this.#stream.on('close', () => {
      this.#isClosed = true;
      inherited.delete(child.fd);
    });
    // EIO is how Linux says that the last program has closed the terminal.
    this.#stream.on('error', (error) => {
      if (!('code' in error) || (error.code !== 'EIO' && error.code !== 'EAGAIN')) {
        options.logger.warn({ err: error }, 'terminal.stream_failed');
      }
    });
  }

  /** False when the program does not read: hold further input back until `onDrain`. */
  write(bytes: Buffer): boolean {
    return this.#isClosed || this.#stream.write(bytes);
  }

  resize(cols: number, rows: number): void {
    if (!this.#isClosed) this.#native.resize(this.#fd, cols, rows);
  }

  /** The program blocks once the kernel’s buffer is full. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** As login(1) does: programs that open their terminal by name (screen, `> $(tty)`) could not otherwise. */
  #handOver(device: string): void {
    const { identity, logger } = this.#options;
    if (identity.uid === undefined || identity.gid === undefined) return;
    try {
      chownSync(device, identity.uid, identity.gid);
    } catch (error) {
      logger.warn({ err: error, device }, 'terminal.attach_failed');
    }
  }

  #finish(exitCode: number, signal: number): void {
    const exit = { code: signal === 0 ? exitCode : null, signal: signal === 0 ? null : signalName(signal) };
    this.#drain()
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'terminal.drain_failed'))
      .finally(() => {
        this.#isClosed = true;
        this.#stream.destroy();
        this.#options.onExit(exit);
      });
  }

  /** Programs left behind may hold the terminal open indefinitely. */
  async #drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_MAX_MS;
    let isQuiet = false;
    while (!isQuiet && !this.#isClosed && performance.now() < deadline) {
      const before = this.#readBytes;
      await pause(DRAIN_QUIET_MS);
      // A timer that is late must not count as silence: the event loop looks at the terminal once more.
      await pollRound();
      isQuiet = before === this.#readBytes && !this.#stream.isPaused();
    }
  }
}

/** The command line that starts the program without the terminals that are open already. */
function withoutInherited({ file, args, inherited, bashPath }: PtyOptions): string[] {
  const script = inherited.closingScript();
  if (script === undefined || bashPath === undefined) return [file, ...args];
  // -p: without the user’s BASH_ENV, which is for the shell that comes after.
  return [bashPath, '-p', '-c', script, file, ...args];
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? String(number);
}
