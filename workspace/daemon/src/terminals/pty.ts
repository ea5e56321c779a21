import { chownSync, closeSync, constants } from 'node:fs';
import { setTimeout as pause, setImmediate as pollRound } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { requireBinary } from '@lydell/node-pty/requireBinary.js';
import type { Logger } from '../logging/logger.ts';
import type { ForkServer, LaunchedProcess, ProcessEnd } from '../spawning/fork-server.ts';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import type { LaunchIdentity } from '../spawning/launch-message.ts';
import { PASTE_END, PtyInput } from './pty-input.ts';
import { takeUnreadInput } from './unread-input.ts';

/** Silence after the end of the shell that says that its last output has been read. */
const DRAIN_QUIET_MS = 100;
/** How long programs that outlive the shell may keep that silence from coming. */
const DRAIN_MAX_MS = 1_000;
/** How much of unread input a terminal of Linux holds; with more, it does not look at what comes after, be it an interrupt. */
const MAX_UNREAD_BYTES = 4_095;
/** Larger than any key. */
const PASTE_MIN_BYTES = 64;
/** Output of a program that took an interrupt, such as the echo `^C`, comes within it. */
const INTERRUPT_SHOWS_WITHIN_MS = 150;
const LOOK_EVERY_MS = 5;
const MAX_PRESSES = 5;
/** Only ahead of the interrupt: after it, a shell may be the one to read. */
const END_OF_FILE = Buffer.from([0x04]);

export interface OpenPtyOptions {
  file: string;
  args: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  identity: LaunchIdentity;
  cols: number;
  rows: number;
  forkServer: Pick<ForkServer, 'launch'>;
  /** Told of the descriptor for as long as it is open. */
  inherited: InheritedDescriptors;
  logger: Logger;
}

export interface OpenedPty {
  descriptor: number;
  /** The name that programs open it by. */
  device: string;
  process: LaunchedProcess;
}

export interface PtyOptions extends OpenedPty, Pick<OpenPtyOptions, 'inherited' | 'logger'> {
  /** Output, in pieces as they are read. */
  onData: (bytes: Buffer) => void;
  /** Called once, after all output. */
  onExit: (exit: PtyExit) => void;
  /** Less input waits than before. */
  onInputTaken: () => void;
}

export interface PtyExit {
  code: number | null;
  signal: string | null;
}

const native = requireBinary('pty.node');

/**
 * A program on a new pseudoterminal, which leads the session.
 *
 * @throws when the kernel has no terminal or process left to give, or the program cannot be run.
 */
export async function openPty(options: OpenPtyOptions): Promise<OpenedPty> {
  const { file, args, cwd, environment, identity, cols, rows, forkServer, inherited } = options;
  const { master, slave, pty: device } = native.open(cols, rows);
  inherited.add(master);
  inherited.add(slave);
  try {
    handOver(device, options);
    const process = await forkServer.launch({
      file,
      argv: [file, ...args],
      environment,
      cwd,
      identity,
      descriptors: [{ path: device, flags: constants.O_RDWR }, { like: 0 }, { like: 0 }],
      isTerminal: true,
    });
    return { descriptor: master, device, process };
  } catch (error) {
    inherited.delete(master);
    closeSync(master);
    throw error;
  } finally {
    // Its terminal would never be over for a program that ends while this is open.
    inherited.delete(slave);
    closeSync(slave);
  }
}

/** As login(1) does: programs that open their terminal by name (screen, `> $(tty)`) could not otherwise. */
function handOver(device: string, { identity, logger }: OpenPtyOptions): void {
  if (identity.uid === undefined || identity.gid === undefined) return;
  try {
    chownSync(device, identity.uid, identity.gid);
  } catch (error) {
    logger.warn({ err: error, device }, 'terminal.attach_failed');
  }
}

/**
 * A program on a pseudoterminal. Built on node-pty’s native part alone: its JavaScript closes the terminal 200 ms after the program’s
 * end, read or not, and cannot tell how much input waits.
 */
export class Pty {
  readonly pid: number;
  readonly #options: PtyOptions;
  readonly #fd: number;
  readonly #device: string;
  readonly #stream: ReadStream;
  readonly #input: PtyInput;
  #readBytes = 0;
  /** Pasted since the last interrupt: so much may be unread. */
  #pastedBytes = 0;
  #isClosed = false;

  constructor(options: PtyOptions) {
    const { descriptor, device, process, inherited } = options;
    this.#options = options;
    this.pid = process.pid;
    this.#fd = descriptor;
    this.#device = device;
    void process.ended.then((end) => this.#finish(end));
    this.#stream = new ReadStream(descriptor);
    this.#input = new PtyInput({
      descriptor,
      isOpen: () => !this.#isClosed && !this.#stream.destroyed,
      onProgress: () => options.onInputTaken(),
    });
    this.#stream.on('data', (bytes: Buffer) => {
      this.#readBytes += bytes.length;
      options.onData(bytes);
      this.#input.tryNow();
    });
    this.#stream.on('close', () => {
      this.#isClosed = true;
      inherited.delete(descriptor);
    });
    // EIO is how Linux says that the last program has closed the terminal.
    this.#stream.on('error', (error) => {
      if (!('code' in error) || (error.code !== 'EIO' && error.code !== 'EAGAIN')) {
        options.logger.warn({ err: error }, 'terminal.stream_failed');
      }
    });
  }

  /** What was typed and not yet taken by the kernel. */
  get waitingInputBytes(): number {
    return this.#input.waitingBytes;
  }

  /** Never blocks. `onTaken` is told of all these bytes, in parts: they are with the kernel, or nobody will ever read them. */
  write(bytes: Buffer, onTaken: (count: number) => void = () => undefined): void {
    if (bytes.length >= PASTE_MIN_BYTES) this.#pastedBytes += bytes.length;
    this.#input.write(bytes, onTaken);
  }

  /** Writes a key that interrupts. Input that the program has not read does not stand in its way: as at any interrupt, it is dropped. */
  interrupt(key: Buffer): void {
    const mayBeStuck = this.#pastedBytes >= MAX_UNREAD_BYTES;
    this.#pastedBytes = 0;
    if (mayBeStuck) {
      this.#pressUntilSeen(key).catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, 'terminal.interrupt_failed'),
      );
    } else this.#input.write(key, () => undefined);
  }

  resize(cols: number, rows: number): void {
    if (!this.#isClosed && !this.#stream.destroyed) native.resize(this.#fd, cols, rows);
  }

  /** The program blocks once the kernel’s buffer is full. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /**
   * Until there is nothing unread that could be in its way, or, where all that was pasted is with the kernel, until the program shows
   * that it took it. What is typed meanwhile comes after.
   */
  async #pressUntilSeen(key: Buffer): Promise<void> {
    using _held = this.#input.hold();
    const isStuck = this.#input.waitingBytes > 0;
    if (isStuck) {
      const isInPaste = this.#input.discardPaste();
      await takeUnreadInput(this.#device, () => this.#input.writeNow(END_OF_FILE));
      if (isInPaste) this.#input.writeNow(PASTE_END);
    }
    this.#input.writeNow(key);
    for (let tries = 0; tries < MAX_PRESSES; tries += 1) {
      const isSeen = await this.#shows();
      if (this.#isClosed || (isSeen && !isStuck)) return;
      const { length, last } = await takeUnreadInput(this.#device);
      if (length < MAX_UNREAD_BYTES) {
        // So few stood in nobody's way.
        this.#input.writeNow(last);
        return;
      }
      this.#input.writeNow(key);
    }
  }

  async #shows(): Promise<boolean> {
    const before = this.#readBytes;
    const deadline = performance.now() + INTERRUPT_SHOWS_WITHIN_MS;
    while (this.#readBytes === before && performance.now() < deadline) await pause(LOOK_EVERY_MS);
    return this.#readBytes !== before;
  }

  #finish({ exitCode: code, signal }: ProcessEnd): void {
    this.#drain()
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'terminal.drain_failed'))
      .finally(() => {
        this.#isClosed = true;
        this.#stream.destroy();
        this.#input.discard();
        this.#options.onExit({ code, signal });
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
