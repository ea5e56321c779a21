import type { SerializeAddon } from '@xterm/addon-serialize';
import type { Terminal } from '@xterm/headless';
import { ScreenModes } from './screen-modes.ts';
import { SequenceTracker } from './sequence-tracker.ts';

/** Lines above the screen that a newly attached viewer can scroll back to. */
const SCROLLBACK_LINES = 1_000;
/** Clears everything, in any terminal that is asked to redraw. */
const FULL_RESET = '\x1bc';

export interface ScreenOptions {
  cols: number;
  rows: number;
  /** The emulator’s reply to a program’s question (cursor position, device attributes). */
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
  readonly #sequences = new SequenceTracker();
  readonly #onProgress: () => void;
  #given = 0;
  #worked = 0;

  constructor(emulator: Emulator, { cols, rows, onReply, onProgress }: ScreenOptions) {
    const size = { cols, rows, scrollback: SCROLLBACK_LINES };
    this.#terminal = new emulator.terminal({ ...size, allowProposedApi: true });
    this.#serializer = new emulator.serializer();
    this.#terminal.loadAddon(this.#serializer);
    this.#terminal.onData(onReply);
    this.#modes = new ScreenModes(this.#terminal);
    this.#onProgress = onProgress;
  }

  /** Bytes that wait to be worked in. Their producer should pause when this grows. */
  get backlogBytes(): number {
    return this.#given - this.#worked;
  }

  write(bytes: Buffer): void {
    this.#given += bytes.length;
    this.#terminal.write(bytes, () => {
      this.#worked += bytes.length;
      this.#sequences.feed(bytes);
      this.#onProgress();
    });
  }

  /** Takes effect after what was written before. */
  resize(cols: number, rows: number): void {
    this.#terminal.write('', () => this.#terminal.resize(cols, rows));
  }

  /** The screen after everything that has been written up to now. */
  draw(): Promise<ScreenDrawing> {
    return new Promise((resolve) => {
      this.#terminal.write('', () => {
        const text = FULL_RESET + this.#modes.complete(this.#serializer.serialize());
        const { cols, rows } = this.#terminal;
        const bytes = Buffer.concat([Buffer.from(text), this.#sequences.unfinished]);
        resolve({ offset: this.#worked, cols, rows, bytes });
      });
    });
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}
