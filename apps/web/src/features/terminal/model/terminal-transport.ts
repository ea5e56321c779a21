import {
  type TerminalClientFrame,
  type TerminalColors,
  type TerminalServerFrame,
  terminalServerFrame,
} from '@podex/contracts/terminals';
import {
  type ConnectionStatus,
  ReconnectingSocket,
  type ReconnectingSocketOptions,
} from '#lib/reconnecting-socket.ts';
import { TerminalInput } from './terminal-input.ts';

export interface TerminalSize {
  cols: number;
  rows: number;
}

/** What the transport draws on. `done` is called once the bytes were worked through: it paces the sender. */
export interface TerminalSurface {
  write(bytes: Uint8Array, done: () => void): void;
  /** Empties the terminal, gives it this size and draws the screen that the bytes describe. */
  redraw(size: TerminalSize, bytes: Uint8Array, done: () => void): void;
  /** Somebody else gave the terminal another size. */
  resize(size: TerminalSize): void;
}

export interface TerminalState {
  connection: ConnectionStatus;
  /** The shell has ended. Nothing follows. */
  exit: { code: number | null; signal: string | null } | null;
  /** The error code of a terminal that no longer exists. */
  rejection: string | null;
  /** What is typed is refused: this person only watches. */
  isWatching: boolean;
  /** Typed beyond what is kept while disconnected or while the program does not read, and lost. */
  hasLostInput: boolean;
  /** The program does not read as fast as was pasted. */
  isInputHeld: boolean;
}

interface TerminalTransportOptions
  extends Pick<ReconnectingSocketOptions, 'createSocket' | 'random' | 'listenForWake'> {
  /** Address to attach at. `after`: offset of the last byte seen; undefined asks for the whole screen. */
  url: (after: number | undefined) => string;
  surface: TerminalSurface;
  onState: (state: TerminalState) => void;
}

const STATE_KEYS: readonly (keyof TerminalState)[] = [
  'connection',
  'exit',
  'rejection',
  'isWatching',
  'hasLostInput',
  'isInputHeld',
];
/** An acknowledgement is due after so many bytes, or after so long. */
const ACK_EVERY_BYTES = 64 * 1024;
const ACK_WITHIN_MS = 150;
/** Codes after which a retry fails in the same way. */
const FINAL_CODES: ReadonlySet<string> = new Set(['terminal_not_found', 'workspace_not_found', 'not_found']);

/**
 * One terminal's bytes, both ways, over a connection that may break. Each output byte reaches the surface exactly once and in
 * order: after a break the stream continues after the last byte seen. Attaching never starts a stopped workspace.
 */
export class TerminalTransport {
  readonly #options: TerminalTransportOptions;
  readonly #socket: ReconnectingSocket;
  #state: TerminalState = {
    connection: 'connecting',
    exit: null,
    rejection: null,
    isWatching: false,
    hasLostInput: false,
    isInputHeld: false,
  };
  /** Offset behind the last byte received; undefined until the first screen or byte. */
  #received: number | undefined;
  /** Where the next binary frame starts, or the size of the screen that it draws. */
  #expected:
    | { kind: 'bytes'; offset: number }
    | { kind: 'screen'; offset: number; size: TerminalSize }
    | undefined;
  #drawn = 0;
  #acknowledged = 0;
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #input: TerminalInput;
  #colors: TerminalColors | undefined;
  /** The server says how much it takes; one that does also takes colours. */
  #inputWindow: number | undefined;
  /** What this viewer wants, and what the terminal has as far as is known. */
  #size: TerminalSize | undefined;
  #actualSize: TerminalSize | undefined;

  constructor(options: TerminalTransportOptions) {
    this.#options = options;
    this.#input = new TerminalInput({
      send: (bytes) => this.#socket.send(bytes),
      onChange: ({ isHeld, hasLost }) => this.#setState({ isInputHeld: isHeld, hasLostInput: hasLost }),
    });
    const { createSocket, random, listenForWake } = options;
    this.#socket = new ReconnectingSocket({
      ...(createSocket === undefined ? {} : { createSocket }),
      ...(random === undefined ? {} : { random }),
      ...(listenForWake === undefined ? {} : { listenForWake }),
      url: () => options.url(this.#received),
      onOpen: () => {
        this.#expected = undefined;
        this.#actualSize = undefined;
        this.#input.detach();
        // Who was given more since then is attached again, and may type.
        this.#setState({ isWatching: false });
      },
      onMessage: (message) => this.#receive(message),
      onStatus: (connection) => {
        if (connection !== 'live') this.#input.detach();
        this.#setState({ connection });
      },
    });
  }

  get state(): TerminalState {
    return this.#state;
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    clearTimeout(this.#ackTimer);
    this.#input.detach();
    this.#socket.stop();
  }

  /** The current connection is known to be dead. */
  reconnect(): void {
    this.#socket.reconnect();
  }

  retryNow(): void {
    this.#socket.retryNow();
  }

  /** What was typed. What cannot be sent now is kept, up to a bound, and sent when it can. */
  sendInput(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#state.exit !== null || this.#state.rejection !== null || this.#state.isWatching) return;
    this.#input.add(bytes);
  }

  /** What programs learn that ask the terminal for its colours. */
  setColors(colors: TerminalColors): void {
    this.#colors = colors;
    if (this.#expected !== undefined) this.#sendColors();
  }

  /** The size of this viewer. The last viewer that says one decides. */
  resize(size: TerminalSize): void {
    this.#size = size;
    if (this.#expected !== undefined) this.#sendSize();
  }

  #receive(message: string | ArrayBuffer): void {
    if (typeof message === 'string') this.#control(parseFrame(message));
    else this.#output(new Uint8Array(message));
  }

  #control(frame: TerminalServerFrame | undefined): void {
    switch (frame?.type) {
      case 'ready':
        this.#ready(frame.offset, frame.input_window);
        return;
      case 'screen':
        this.#actualSize = { cols: frame.cols, rows: frame.rows };
        this.#expected = {
          kind: 'screen',
          offset: frame.offset,
          size: { cols: frame.cols, rows: frame.rows },
        };
        this.#attached(frame.input_window);
        return;
      case 'ack':
        this.#input.acknowledge(frame.offset);
        return;
      case 'resize':
        this.#actualSize = { cols: frame.cols, rows: frame.rows };
        this.#options.surface.resize({ cols: frame.cols, rows: frame.rows });
        return;
      case 'exit':
        this.#setState({ exit: { code: frame.code, signal: frame.signal } });
        this.stop();
        return;
      case 'error':
        if (frame.code === 'forbidden') this.#setState({ isWatching: true });
        if (!FINAL_CODES.has(frame.code)) return;
        this.#setState({ rejection: frame.code });
        this.stop();
        return;
      case undefined:
        // A frame that this build does not know: a newer server may say more.
        return;
    }
  }

  #ready(offset: number, inputWindow: number | undefined): void {
    if (this.#received !== undefined && offset > this.#received) {
      // The bytes between are gone, so the screen is drawn as a whole.
      this.#received = undefined;
      this.#socket.reconnect();
      return;
    }
    this.#received ??= offset;
    this.#expected = { kind: 'bytes', offset };
    this.#attached(inputWindow);
  }

  /** The server follows from here on: it learns this viewer's size and colours, then what was typed meanwhile. */
  #attached(inputWindow: number | undefined): void {
    this.#inputWindow = inputWindow;
    this.#sendSize();
    this.#sendColors();
    this.#input.attach(inputWindow);
  }

  #output(bytes: Uint8Array): void {
    const expected = this.#expected;
    if (expected === undefined) return;
    const { surface } = this.#options;
    if (expected.kind === 'screen') {
      this.#received = expected.offset;
      this.#expected = { kind: 'bytes', offset: expected.offset };
      surface.redraw(expected.size, bytes, () => this.#worked(expected.offset));
      return;
    }
    const end = expected.offset + bytes.length;
    this.#expected = { kind: 'bytes', offset: end };
    // Bytes seen before a break may come again; they are not drawn twice.
    const isSeen = Math.min(bytes.length, Math.max(0, (this.#received ?? expected.offset) - expected.offset));
    this.#received = Math.max(this.#received ?? 0, end);
    if (isSeen < bytes.length) surface.write(bytes.subarray(isSeen), () => this.#worked(end));
  }

  #worked(offset: number): void {
    this.#drawn = Math.max(this.#drawn, offset);
    if (this.#drawn - this.#acknowledged >= ACK_EVERY_BYTES) {
      this.#acknowledge();
      return;
    }
    this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ACK_WITHIN_MS);
  }

  #acknowledge(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#acknowledged = this.#drawn;
    this.#send({ type: 'ack', offset: this.#drawn });
  }

  #sendSize(): void {
    const size = this.#size;
    if (size === undefined || isSameSize(size, this.#actualSize)) return;
    this.#actualSize = size;
    this.#send({ type: 'resize', ...size });
  }

  #sendColors(): void {
    if (this.#colors === undefined || this.#inputWindow === undefined) return;
    this.#send({ type: 'colors', ...this.#colors });
  }

  #send(frame: TerminalClientFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #setState(change: Partial<TerminalState>): void {
    const next = { ...this.#state, ...change };
    if (STATE_KEYS.every((key) => next[key] === this.#state[key])) return;
    this.#state = next;
    this.#options.onState(next);
  }
}

function isSameSize(a: TerminalSize, b: TerminalSize | undefined): boolean {
  return a.cols === b?.cols && a.rows === b.rows;
}

function parseFrame(message: string): TerminalServerFrame | undefined {
  const parsed = terminalServerFrame.safeParse(parseJson(message));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
