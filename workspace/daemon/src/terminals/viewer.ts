import { assertNever } from '@podex/contracts/errors';
import {
  type TerminalClientFrame,
  type TerminalColors,
  type TerminalServerFrame,
  terminalClientFrame,
} from '@podex/contracts/terminals';
import type { WebSocket } from 'ws';
import type { Logger } from '../logging/logger.ts';
import type { PtyExit } from './pty.ts';
import type { RingBuffer } from './ring-buffer.ts';
import type { ScreenDrawing } from './screen.ts';

export interface ViewerLimits {
  chunkBytes: number;
  /** Handed to the socket and not yet taken by the kernel. */
  maxSendingBytes: number;
  /** Sent and not yet acknowledged, for viewers that acknowledge at all. */
  maxUnackedBytes: number;
  /** A viewer further behind is shown the screen as it is, instead of all that led to it. */
  maxLagBytes: number;
  /** The same, after it has pressed a key that interrupts: it wants to see that take effect. */
  maxInterruptedLagBytes: number;
  minRedrawIntervalMs: number;
  /** What drawing may take of the time of everybody: after one that took long, the next one waits so many times longer. */
  redrawRest: number;
  pingIntervalMs: number;
  /** How much input may be on its way, not acknowledged, from a viewer that looks at acknowledgements. */
  inputWindowBytes: number;
  /** It is told at least after so much input that was taken. */
  ackInputEveryBytes: number;
}

export const VIEWER_LIMITS: ViewerLimits = {
  chunkBytes: 65_536,
  maxSendingBytes: 131_072,
  maxUnackedBytes: 262_144,
  maxLagBytes: 1_048_576,
  maxInterruptedLagBytes: 65_536,
  minRedrawIntervalMs: 100,
  redrawRest: 5,
  pingIntervalMs: 20_000,
  inputWindowBytes: 65_536,
  ackInputEveryBytes: 16_384,
};

/** Ctrl-C, Ctrl-\ and Ctrl-Z. */
const INTERRUPTS = [0x03, 0x1c, 0x1a];
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_INVALID = 1007;

export interface ViewerOptions {
  after: number | undefined;
  mayType: boolean;
  limits: ViewerLimits;
  logger: Logger;
  onClose: () => void;
}

/** What a viewer sees of its terminal. */
export interface Viewed {
  readonly output: RingBuffer;
  readonly exit: PtyExit | undefined;
  draw(): Promise<ScreenDrawing>;
  /** `onTaken` is told of all these bytes, in parts: that many wait no longer. */
  input(bytes: Buffer, onTaken: (count: number) => void): void;
  /** False when no more input shall be read for now; `Viewer.resumeInput` is called when it is again. */
  readonly takesInput: boolean;
  resize(cols: number, rows: number): void;
  setColors(colors: TerminalColors): void;
}

/** Whether someone has pressed a key that interrupts, and not pasted bytes among which there is one. */
export function isInterrupt(input: Buffer): boolean {
  return input.length === 1 && hasInterrupt(input);
}

function hasInterrupt(input: Buffer): boolean {
  return INTERRUPTS.some((key) => input.includes(key));
}

/**
 * One WebSocket that shows a terminal. It takes what it sends from the terminal’s own buffer, at its own pace, and holds nothing of its
 * own: a slow one costs nobody anything, and is skipped ahead.
 */
export class Viewer {
  readonly #terminal: Viewed;
  readonly #socket: WebSocket;
  readonly #limits: ViewerLimits;
  readonly #logger: Logger;
  readonly #ping: NodeJS.Timeout;
  readonly #mayType: boolean;
  #isToldThatItWatches = false;
  /** Up to here everything is sent as it was, however far behind. */
  readonly #replayUntil: number;
  #next: number;
  #sendingBytes = 0;
  #acked: number | undefined;
  #isBusy = false;
  #isInterrupted = false;
  #isAlive = true;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawingMs = 0;
  /** Bytes of input that came from it, that were taken, and that it knows to be taken. */
  #inputBytes = 0;
  #takenBytes = 0;
  #ackedInputBytes = 0;
  #isToldToWait = false;
  #isAckOnItsWay = false;

  /**
   * `after` is the offset up to which the viewer has seen the output; undefined: it has seen nothing. Without `mayType` it only watches:
   * keys and sizes that it sends are dropped, and it is told so once.
   */
  constructor(terminal: Viewed, socket: WebSocket, options: ViewerOptions) {
    const { after, mayType, limits, logger } = options;
    this.#mayType = mayType;
    this.#terminal = terminal;
    this.#socket = socket;
    this.#limits = limits;
    this.#logger = logger;
    const { start, end } = terminal.output;
    const canReplay = after !== undefined && after >= start && after <= end;
    this.#replayUntil = canReplay ? end : 0;
    this.#next = canReplay ? after : -1;
    this.#ping = setInterval(() => this.#checkAlive(), limits.pingIntervalMs);
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('error', (error) => logger.info({ err: error }, 'terminal.viewer_failed'));
    socket.on('close', () => {
      clearInterval(this.#ping);
      options.onClose();
    });
    if (canReplay) this.sendFrame({ type: 'ready', offset: after, input_window: limits.inputWindowBytes });
    this.pump();
  }

  sendFrame(frame: TerminalServerFrame): void {
    this.#socket.send(frameOf(frame));
  }

  resumeInput(): void {
    this.#socket.resume();
  }

  /** Sends what there is to send, as far as the viewer takes it. Cheap when there is nothing. */
  pump(): void {
    while (this.#canSend()) {
      if (this.#mustRedraw()) {
        this.#redraw();
        return;
      }
      const bytes = this.#terminal.output.read(this.#next, this.#limits.chunkBytes);
      if (bytes.length === 0) break;
      this.#next += bytes.length;
      this.#send(bytes);
    }
    this.#closeAtEnd();
  }

  /** The daemon stops: the client may attach again elsewhere. */
  dismiss(): void {
    this.#socket.close(CLOSE_GOING_AWAY);
  }

  #canSend(): boolean {
    const { maxSendingBytes, maxUnackedBytes } = this.#limits;
    if (this.#isBusy || this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#sendingBytes >= maxSendingBytes) return false;
    return this.#acked === undefined || this.#next - this.#acked < maxUnackedBytes;
  }

  #mustRedraw(): boolean {
    const { start, end } = this.#terminal.output;
    if (this.#next < start) return true;
    if (this.#next < this.#replayUntil) return false;
    const { maxLagBytes, maxInterruptedLagBytes } = this.#limits;
    return end - this.#next > (this.#isInterrupted ? maxInterruptedLagBytes : maxLagBytes);
  }

  #redraw(): void {
    this.#isBusy = true;
    const { minRedrawIntervalMs, redrawRest } = this.#limits;
    const rest = Math.max(minRedrawIntervalMs, this.#drawingMs * redrawRest);
    const wait = this.#drawnAt + rest - performance.now();
    if (wait > 0) {
      setTimeout(() => this.#finishBusy(), wait);
      return;
    }
    const startedAt = performance.now();
    this.#terminal.draw().then(
      (drawing) => {
        this.#drawingMs = performance.now() - startedAt;
        this.#showDrawing(drawing);
      },
      (error: unknown) => {
        this.#logger.error({ err: error }, 'terminal.draw_failed');
        this.#socket.terminate();
      },
    );
  }

  #showDrawing({ offset, cols, rows, bytes }: ScreenDrawing): void {
    this.#drawnAt = performance.now();
    this.#isInterrupted = false;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.sendFrame({ type: 'screen', offset, cols, rows, input_window: this.#limits.inputWindowBytes });
    this.#next = offset;
    if (this.#acked !== undefined) this.#acked = offset;
    this.#send(bytes);
    this.#finishBusy();
  }

  #finishBusy(): void {
    this.#isBusy = false;
    this.pump();
  }

  #send(bytes: Buffer): void {
    this.#sendingBytes += bytes.length;
    this.#socket.send(bytes, () => {
      this.#sendingBytes -= bytes.length;
      this.pump();
    });
  }

  #closeAtEnd(): void {
    const { exit, output } = this.#terminal;
    if (exit === undefined || this.#isBusy || this.#next !== output.end) return;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.sendFrame({ type: 'exit', ...exit });
    this.#socket.close(CLOSE_NORMAL);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary && !this.#mayType) {
      this.#refuse();
      return;
    }
    if (isBinary) {
      this.#input(data);
      return;
    }
    const frame = terminalClientFrame.safeParse(parseJson(data.toString('utf8')));
    if (!frame.success) {
      this.sendFrame({ type: 'error', code: 'invalid_request' });
      this.#socket.close(CLOSE_INVALID);
      return;
    }
    this.#obey(frame.data);
  }

  #obey(frame: TerminalClientFrame): void {
    switch (frame.type) {
      case 'resize':
        if (this.#mayType) this.#terminal.resize(frame.cols, frame.rows);
        return;
      case 'colors':
        if (this.#mayType) this.#terminal.setColors(frame);
        return;
      case 'ack':
        this.#acked = Math.min(Math.max(frame.offset, this.#acked ?? 0), Math.max(0, this.#next));
        this.pump();
        return;
      default:
        assertNever(frame);
    }
  }

  #input(data: Buffer): void {
    if (hasInterrupt(data)) this.#isInterrupted = true;
    this.#inputBytes += data.length;
    this.#terminal.input(data, (count) => {
      this.#takenBytes += count;
      this.#ackInput();
    });
    if (this.#takenBytes < this.#inputBytes && !this.#isToldToWait) {
      this.#isToldToWait = true;
      this.#sendInputAck();
    }
    if (!this.#terminal.takesInput) this.#socket.pause();
  }

  #ackInput(): void {
    const unknown = this.#takenBytes - this.#ackedInputBytes;
    const isAllTaken = this.#takenBytes === this.#inputBytes;
    const mayGoOn = this.#isToldToWait && isAllTaken && unknown > 0;
    if (!mayGoOn && unknown < this.#limits.ackInputEveryBytes) return;
    if (this.#sendInputAck() && isAllTaken) this.#isToldToWait = false;
  }

  /** One at a time: a client that sends and does not read gets no pile of them. @returns whether it was sent. */
  #sendInputAck(): boolean {
    if (this.#isAckOnItsWay || this.#socket.readyState !== this.#socket.OPEN) return false;
    this.#isAckOnItsWay = true;
    this.#ackedInputBytes = this.#takenBytes;
    this.#socket.send(frameOf({ type: 'ack', offset: this.#takenBytes }), () => {
      this.#isAckOnItsWay = false;
      this.#ackInput();
    });
    return true;
  }

  #refuse(): void {
    if (this.#isToldThatItWatches) return;
    this.#isToldThatItWatches = true;
    this.sendFrame({ type: 'error', code: 'forbidden' });
  }

  /** Keeps idle connections alive through whatever stands between, and finds out about dead ones. */
  #checkAlive(): void {
    // What it responds is not read while its input waits.
    if (!this.#isAlive && !this.#socket.isPaused) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }
}

function frameOf(frame: TerminalServerFrame): string {
  return JSON.stringify(frame);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
