import type { TerminalId } from '@podex/contracts/ids';
import type { Terminal as TerminalView } from '@podex/contracts/terminals';
import type { WebSocket } from 'ws';
import type { Logger } from '../logging/logger.ts';
import { Pty, type PtyExit, type PtyOptions } from './pty.ts';
import { RingBuffer } from './ring-buffer.ts';
import { type Emulator, Screen, type ScreenDrawing } from './screen.ts';
import { hangUpSession, killSession } from './session-processes.ts';
import { type Viewed, Viewer, type ViewerLimits } from './viewer.ts';

export interface TerminalLimits {
  /** Output that is kept to be replayed. */
  maxOutputBytes: number;
  /** Output that the emulator has not worked in yet: the program waits above the first, and continues below the second. */
  pauseAboveBytes: number;
  resumeBelowBytes: number;
  /** From HUP to KILL when it is closed. */
  killGraceMs: number;
  viewer: ViewerLimits;
}

export interface TerminalOptions
  extends Pick<PtyOptions, 'file' | 'args' | 'cwd' | 'environment' | 'identity' | 'inherited' | 'bashPath'> {
  id: TerminalId;
  name: string;
  cols: number;
  rows: number;
  limits: TerminalLimits;
  /** Called when its shell has ended and everything has been read. */
  onEnded: (terminal: Terminal) => void;
  logger: Logger;
}

/** Output that follows other output within that time is sent together. */
const GATHER_MS = 2;

/** A shell on a pseudoterminal, its screen, and everybody who looks at it. */
export class Terminal implements Viewed {
  readonly id: TerminalId;
  readonly output: RingBuffer;
  /** Resolves when its shell has ended and everything has been read. */
  readonly ended: Promise<void>;
  readonly #options: TerminalOptions;
  readonly #screen: Screen;
  readonly #pty: Pty;
  readonly #viewers = new Set<Viewer>();
  readonly #createdAt = new Date().toISOString();
  #cols: number;
  #rows: number;
  #exit: PtyExit | undefined;
  #isPaused = false;
  #isPumpDue = false;
  #pumpedAt = 0;

  constructor(options: TerminalOptions, emulator: Emulator) {
    const { limits, cols, rows } = options;
    this.id = options.id;
    this.output = new RingBuffer(limits.maxOutputBytes);
    this.#options = options;
    this.#cols = cols;
    this.#rows = rows;
    const { promise: ended, resolve: markEnded } = Promise.withResolvers<void>();
    this.ended = ended;
    this.#screen = new Screen(emulator, {
      cols,
      rows,
      onReply: (reply) => this.#replyUnattended(reply),
      onProgress: () => this.#resumeWhenWorkedOff(),
    });
    this.#pty = new Pty({
      ...options,
      onData: (bytes) => this.#take(bytes),
      onDrain: () => {
        for (const viewer of this.#viewers) viewer.resumeInput();
      },
      onExit: (exit) => {
        this.#exit = exit;
        this.#pumpViewers();
        markEnded();
        options.onEnded(this);
      },
    });
  }

  get exit(): PtyExit | undefined {
    return this.#exit;
  }

  /** Of the processes that its shell leads. */
  get sessionId(): number {
    return this.#pty.pid;
  }

  view(): TerminalView {
    return {
      id: this.id,
      name: this.#options.name,
      cols: this.#cols,
      rows: this.#rows,
      created_at: this.#createdAt,
      status: this.#exit === undefined ? 'running' : 'exited',
    };
  }

  /** Shows the terminal on a WebSocket until either ends. */
  attach(socket: WebSocket, { after, mayType }: { after: number | undefined; mayType: boolean }): void {
    const { limits, logger } = this.#options;
    const viewer = new Viewer(this, socket, {
      after,
      mayType,
      limits: limits.viewer,
      logger,
      onClose: () => this.#viewers.delete(viewer),
    });
    this.#viewers.add(viewer);
  }

  draw(): Promise<ScreenDrawing> {
    return this.#screen.draw();
  }

  input(bytes: Buffer): boolean {
    return this.#pty.write(bytes);
  }

  /** The size that was asked for last holds for all viewers. */
  resize(cols: number, rows: number): void {
    if (this.#exit !== undefined || (cols === this.#cols && rows === this.#rows)) return;
    this.#cols = cols;
    this.#rows = rows;
    this.#pty.resize(cols, rows);
    this.#screen.resize(cols, rows);
    for (const viewer of this.#viewers) viewer.sendFrame({ type: 'resize', cols, rows });
  }

  /** Ends what runs in it: HUP, then KILL. Resolves when the shell has ended. */
  async close(graceMs = this.#options.limits.killGraceMs): Promise<void> {
    if (this.#exit !== undefined) return;
    await hangUpSession(this.#pty.pid);
    const kill = setTimeout(() => {
      killSession(this.#pty.pid).catch((error: unknown) =>
        this.#options.logger.error({ err: error }, 'terminal.kill_failed'),
      );
    }, graceMs);
    await this.ended;
    clearTimeout(kill);
  }

  /** The terminal is not listed any more. */
  dispose(): void {
    for (const viewer of this.#viewers) viewer.dismiss();
    this.#screen.dispose();
  }

  #take(bytes: Buffer): void {
    this.output.append(bytes);
    this.#screen.write(bytes);
    if (!this.#isPaused && this.#screen.backlogBytes > this.#options.limits.pauseAboveBytes) {
      this.#isPaused = true;
      this.#pty.pause();
    }
    this.#schedulePump();
  }

  /** At once for the echo of a key, and together for output that comes in a stream. */
  #schedulePump(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    const pump = () => {
      this.#isPumpDue = false;
      this.#pumpedAt = performance.now();
      this.#pumpViewers();
    };
    if (performance.now() - this.#pumpedAt > GATHER_MS) setImmediate(pump);
    else setTimeout(pump, GATHER_MS);
  }

  #pumpViewers(): void {
    for (const viewer of this.#viewers) viewer.pump();
  }

  #resumeWhenWorkedOff(): void {
    if (!this.#isPaused || this.#screen.backlogBytes >= this.#options.limits.resumeBelowBytes) return;
    this.#isPaused = false;
    this.#pty.resume();
  }

  /** Viewers reply themselves; without one, a program that asks the terminal something would wait without end. */
  #replyUnattended(reply: string): void {
    if (this.#viewers.size === 0) this.#pty.write(Buffer.from(reply));
  }
}
