import type { Writable } from 'node:stream';
import type { CommandId, TerminalId } from '@podex/contracts/ids';
import type { TerminalColors, Terminal as TerminalView } from '@podex/contracts/terminals';
import type { WebSocket } from 'ws';
import type { Logger } from '../logging/logger.ts';
import type { LaunchedProcess } from '../spawning/fork-server.ts';
import { type OpenedPty, type OpenPtyOptions, openPty, Pty, type PtyExit } from './pty.ts';
import { QueryFilter } from './query-filter.ts';
import { RingBuffer } from './ring-buffer.ts';
import { MAX_HISTORY_BYTES, type SavedTerminal } from './saved-terminals.ts';
import { type Emulator, limitSize, Screen, type ScreenDrawing } from './screen.ts';
import { hangUpSession, killSession, workingDirectoryOf } from './session-processes.ts';
import { isInterrupt, type Viewed, Viewer, type ViewerLimits } from './viewer.ts';

export interface TerminalLimits {
  /** Output that is kept to be replayed. */
  maxOutputBytes: number;
  /** Output that the emulator has not worked in yet: the program waits above the first, and continues below the second. */
  pauseAboveBytes: number;
  resumeBelowBytes: number;
  /** Input that its program has not read: above, no more is read from viewers. One paste, at least. */
  maxWaitingInputBytes: number;
  /** From HUP to KILL when it is closed. */
  killGraceMs: number;
  viewer: ViewerLimits;
}

export interface TerminalOptions
  extends Pick<
    OpenPtyOptions,
    'file' | 'args' | 'cwd' | 'environment' | 'identity' | 'inherited' | 'forkServer'
  > {
  id: TerminalId;
  name: string;
  cols: number;
  rows: number;
  limits: TerminalLimits;
  /** What it was before the daemon stopped: shown above what the new shell writes. */
  past?: SavedTerminal;
  /** What runs in it in place of a shell, and where all of its output goes as well. The program waits when that is not read. */
  command?: { id: CommandId; output: Writable };
  /** Called when its shell has ended and everything has been read. */
  onEnded: (terminal: Terminal) => void;
  logger: Logger;
}

/** Output that follows other output within that time is sent together. */
const GATHER_MS = 2;
/** Each change of size wraps all lines again and is told to everybody. */
const RESIZE_INTERVAL_MS = 50;

const MAX_WAITING_REPLY_BYTES = 65_536;
const FOCUS_REPORTS = [Buffer.from('\x1b[I'), Buffer.from('\x1b[O')];

const PAST_NOTE =
  '\x1b[2mThe workspace was stopped, and what ran here has ended. This is a new shell.\x1b[0m\r\n';

/** A shell on a pseudoterminal, its screen, and everybody who looks at it. */
export class Terminal implements Viewed {
  readonly id: TerminalId;
  /** What leads its session: a shell or a command. */
  readonly process: LaunchedProcess;
  readonly output: RingBuffer;
  /** Resolves when its shell has ended and everything has been read. */
  readonly ended: Promise<void>;
  readonly #options: TerminalOptions;
  readonly #screen: Screen;
  readonly #queries = new QueryFilter();
  readonly #pty: Pty;
  readonly #viewers = new Set<Viewer>();
  readonly #createdAt: string;
  #name: string;
  #cols: number;
  #rows: number;
  #wanted: { cols: number; rows: number };
  #exit: PtyExit | undefined;
  #isPaused = false;
  #resizing: NodeJS.Timeout | undefined;
  #isPumpDue = false;
  #pumpedAt = 0;

  /** @throws when its shell cannot be started. */
  static async start(options: TerminalOptions, emulator: Emulator): Promise<Terminal> {
    const size = limitSize(options);
    return new Terminal(options, emulator, size, await openPty({ ...options, ...size }));
  }

  private constructor(
    options: TerminalOptions,
    emulator: Emulator,
    { cols, rows }: { cols: number; rows: number },
    opened: OpenedPty,
  ) {
    const { limits, past } = options;
    // A viewer of before continues behind no byte of this one: it is shown the whole screen.
    const offset = past === undefined ? 0 : past.offset + 1;
    this.id = options.id;
    this.#name = options.name;
    this.process = opened.process;
    this.#createdAt = past?.created_at ?? new Date().toISOString();
    this.output = new RingBuffer(limits.maxOutputBytes, offset);
    this.#options = options;
    this.#cols = cols;
    this.#rows = rows;
    this.#wanted = { cols, rows };
    const { promise: ended, resolve: markEnded } = Promise.withResolvers<void>();
    this.ended = ended;
    options.command?.output.on('drain', () => this.#resumeWhenWorkedOff());
    this.#screen = new Screen(emulator, {
      cols,
      rows,
      offset,
      onReply: (reply) => this.#reply(reply),
      onProgress: () => this.#resumeWhenWorkedOff(),
    });
    if (past !== undefined) this.#show(Buffer.from(past.history + PAST_NOTE));
    this.#pty = new Pty({
      ...opened,
      inherited: options.inherited,
      logger: options.logger,
      onData: (bytes) => this.#take(bytes),
      onInputTaken: () => {
        if (!this.takesInput) return;
        for (const viewer of this.#viewers) viewer.resumeInput();
      },
      onExit: (exit) => {
        this.#exit = exit;
        options.command?.output.end();
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
      name: this.#name,
      cols: this.#cols,
      rows: this.#rows,
      created_at: this.#createdAt,
      status: this.#exit === undefined ? 'running' : 'exited',
      command_id: this.#options.command?.id ?? null,
    };
  }

  rename(name: string): void {
    this.#name = name;
  }

  /** Comes back after a stop, with a new shell. A command does not run twice. */
  get isKept(): boolean {
    return this.#exit === undefined && this.#options.command === undefined;
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

  input(bytes: Buffer, onTaken: (count: number) => void): void {
    if (isInterrupt(bytes)) this.#pty.interrupt(bytes);
    else if (!this.#isUnwantedFocus(bytes)) {
      this.#pty.write(bytes, onTaken);
      return;
    }
    onTaken(bytes.length);
  }

  /** How a viewer draws it: the one that says so last. */
  setColors(colors: TerminalColors): void {
    this.#screen.setColors(colors);
  }

  get takesInput(): boolean {
    return this.#pty.waitingInputBytes < this.#options.limits.maxWaitingInputBytes;
  }

  /** The size that was asked for last holds for all viewers. */
  resize(cols: number, rows: number): void {
    this.#wanted = limitSize({ cols, rows });
    if (this.#resizing === undefined) this.#takeWantedSize();
  }

  /** What it takes to open it again after the daemon has stopped. */
  async save(): Promise<SavedTerminal> {
    const { status: _, ...view } = this.view();
    const [{ offset, text }, cwd] = await Promise.all([
      this.#screen.history(MAX_HISTORY_BYTES),
      workingDirectoryOf(this.#pty.pid),
    ]);
    return { ...view, shell: this.#options.file, cwd: cwd ?? this.#options.cwd, offset, history: text };
  }

  /** Its viewers may attach again once the daemon is back. */
  dismissViewers(): void {
    for (const viewer of this.#viewers) viewer.dismiss();
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
    this.dismissViewers();
    clearTimeout(this.#resizing);
    this.#screen.dispose();
  }

  #takeWantedSize(): void {
    const { cols, rows } = this.#wanted;
    this.#resizing = undefined;
    if (this.#exit !== undefined || (cols === this.#cols && rows === this.#rows)) return;
    this.#cols = cols;
    this.#rows = rows;
    this.#pty.resize(cols, rows);
    this.#screen.resize(cols, rows);
    for (const viewer of this.#viewers) viewer.sendFrame({ type: 'resize', cols, rows });
    this.#resizing = setTimeout(() => this.#takeWantedSize(), RESIZE_INTERVAL_MS);
  }

  #take(bytes: Buffer): void {
    this.#show(bytes);
    this.#options.command?.output.write(bytes);
    if (!this.#isPaused && this.#unreadBytes > this.#options.limits.pauseAboveBytes) {
      this.#isPaused = true;
      this.#pty.pause();
    }
    this.#schedulePump();
  }

  /** By the slowest of those who get all of it. */
  get #unreadBytes(): number {
    return Math.max(this.#screen.backlogBytes, this.#options.command?.output.writableLength ?? 0);
  }

  #show(bytes: Buffer): void {
    const shown = this.#queries.filter(bytes);
    this.output.append(shown);
    this.#screen.write(bytes, shown);
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
    if (!this.#isPaused || this.#unreadBytes >= this.#options.limits.resumeBelowBytes) return;
    this.#isPaused = false;
    this.#pty.resume();
  }

  /** The only one to reply to what a program asks its terminal: viewers do not get to see the question. */
  #reply(reply: string): void {
    // Who asks without end and does not read gets no more replies.
    if (this.#pty.waitingInputBytes < MAX_WAITING_REPLY_BYTES) this.#pty.write(Buffer.from(reply));
  }

  /** A viewer that is shown again what a program asked for long ago tells of its focus again; nobody waits for it any more. */
  #isUnwantedFocus(input: Buffer): boolean {
    return FOCUS_REPORTS.some((report) => report.equals(input)) && !this.#screen.wantsFocus;
  }
}
