import type { TerminalColors } from '@podex/contracts/terminals';
import type { SerializeAddon } from '@xterm/addon-serialize';
import type { Terminal } from '@xterm/headless';
import { ScreenColors } from './screen-colors.ts';
import { ScreenModes } from './screen-modes.ts';
import { SequenceTracker } from './sequence-tracker.ts';

/** Lines above the screen that a newly attached viewer can scroll back to. */
const SCROLLBACK_LINES = 1_000;
/** To draw a screen takes the whole process for about 2 µs a cell: so many cells, scrollback included, are drawn at most. */
const MAX_DRAWN_CELLS = 200_000;
/** A longer link is shown as plain text: the emulator keeps each until its last line is gone. */
const MAX_LINK_LENGTH = 4_096;
const LINK = 8;
/** Clears everything, in any terminal that is asked to redraw. */
const FULL_RESET = '\x1bc';
/** With no style, and nothing below. */
const NEXT_LINE = '\x1b[0m\r\n\x1b[J';
/** Who asks for the version wants to know what the terminal can do: what the page’s emulator can, which is the same one. */
const VERSION_REPLY = '\x1bP>|xterm.js(6.0.0)\x1b\\';
const UNIT_ID_REPLY = '\x1bP!|00000000\x1b\\';

export interface ScreenOptions {
  cols: number;
  rows: number;
  /** Of the first byte that is written. */
  offset?: number;
  /** The reply to a program’s question (cursor position, device attributes, colours). */
  onReply: (reply: string) => void;
  /** Called when bytes have been worked in. */
  onProgress: () => void;
}

/**
 * A screen as bytes: written to a terminal of that size, they draw it exactly, and the stream continues at `offset`. Two things no sequence
 * can bring back: a cursor that waits behind the last column may stand in it, and a combining character that follows stands alone.
 */
export interface ScreenDrawing {
  offset: number;
  cols: number;
  rows: number;
  bytes: Buffer;
}

/** All lines that scrolled by and the screen behind programs that fill it, with what follows begun on a line of its own. */
interface ScreenHistory {
  offset: number;
  text: string;
}

export interface Emulator {
  terminal: typeof Terminal;
  serializer: typeof SerializeAddon;
}

/** Loaded with the first screen: a workspace without terminals does without its memory. */
export async function loadEmulator(): Promise<Emulator> {
  const [headless, addon] = await Promise.all([import('@xterm/headless'), import('@xterm/addon-serialize')]);
  return { terminal: headless.default.Terminal, serializer: addon.default.SerializeAddon };
}

/** The screen that a stream of output has drawn so far, kept by a terminal emulator without a display. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #serializer: SerializeAddon;
  readonly #modes: ScreenModes;
  readonly #colors: ScreenColors;
  readonly #sequences = new SequenceTracker();
  readonly #onProgress: () => void;
  #drawing: Promise<ScreenDrawing> | undefined;
  #given: number;
  #worked: number;

  constructor(emulator: Emulator, { cols, rows, offset = 0, onReply, onProgress }: ScreenOptions) {
    this.#given = offset;
    this.#worked = offset;
    const size = { cols, rows, scrollback: SCROLLBACK_LINES };
    const windowOptions = { getWinSizeChars: true };
    this.#terminal = new emulator.terminal({ ...size, windowOptions, allowProposedApi: true });
    this.#serializer = new emulator.serializer();
    this.#terminal.loadAddon(this.#serializer);
    this.#terminal.onData(onReply);
    const { parser } = this.#terminal;
    const replyWith = (reply: string) => () => {
      onReply(reply);
      return true;
    };
    parser.registerCsiHandler({ prefix: '>', final: 'q' }, replyWith(VERSION_REPLY));
    parser.registerCsiHandler({ prefix: '=', final: 'c' }, replyWith(UNIT_ID_REPLY));
    parser.registerOscHandler(LINK, (data) => data.length > MAX_LINK_LENGTH);
    this.#colors = new ScreenColors(this.#terminal, onReply);
    this.#modes = new ScreenModes(this.#terminal);
    this.#onProgress = onProgress;
  }

  /** Bytes that wait to be worked in. Their producer should pause when this grows. */
  get backlogBytes(): number {
    return this.#given - this.#worked;
  }

  /** Whether its program has asked to be told when the terminal gets the keyboard and when it loses it. */
  get wantsFocus(): boolean {
    return this.#terminal.modes.sendFocusMode;
  }

  /** How its viewers draw it: what programs learn that ask for colours. */
  setColors(colors: TerminalColors): void {
    this.#colors.set(colors);
  }

  /** `shown` are the same bytes as viewers get them. */
  write(bytes: Buffer, shown = bytes): void {
    this.#given += bytes.length;
    this.#terminal.write(bytes, () => {
      this.#worked += bytes.length;
      this.#sequences.feed(shown);
      this.#onProgress();
    });
  }

  /** Takes effect after what was written before. */
  resize(cols: number, rows: number): void {
    this.#terminal.write('', () => this.#terminal.resize(cols, rows));
  }

  /** The screen as it is, or as it was when somebody else has just asked for it. */
  draw(): Promise<ScreenDrawing> {
    this.#drawing ??= new Promise((resolve) => {
      this.#terminal.write('', () => {
        this.#drawing = undefined;
        resolve(this.#drawNow());
      });
    });
    return this.#drawing;
  }

  /** @param maxLength of its text: what came first is left out of a longer one. */
  history(maxLength: number): Promise<ScreenHistory> {
    return new Promise((resolve) => {
      this.#terminal.write('', () => resolve({ offset: this.#worked, text: this.#writeHistory(maxLength) }));
    });
  }

  dispose(): void {
    this.#terminal.dispose();
  }

  #writeHistory(maxLength: number): string {
    let scrollback = this.#scrollback();
    let text = '';
    do {
      text =
        this.#serializer.serialize({ scrollback, excludeAltBuffer: true, excludeModes: true }) + NEXT_LINE;
      if (text.length <= maxLength) return text;
      scrollback = Math.floor(scrollback / 2);
    } while (scrollback > 0);
    return '';
  }

  #scrollback(): number {
    const { cols, rows } = this.#terminal;
    return Math.max(0, Math.min(SCROLLBACK_LINES, Math.floor(MAX_DRAWN_CELLS / cols) - rows));
  }

  #drawNow(): ScreenDrawing {
    const { cols, rows } = this.#terminal;
    const serialized = this.#serializer.serialize({ scrollback: this.#scrollback() });
    const text = FULL_RESET + this.#modes.complete(serialized);
    const bytes = Buffer.concat([Buffer.from(text), this.#sequences.unfinished]);
    return { offset: this.#worked, cols, rows, bytes };
  }
}

/** No more rows than can be drawn. */
export function limitSize({ cols, rows }: { cols: number; rows: number }): { cols: number; rows: number } {
  return { cols, rows: Math.min(rows, Math.floor(MAX_DRAWN_CELLS / cols)) };
}
