import { terminalColors } from '@podex/contracts/terminals';
import { FitAddon } from '@xterm/addon-fit';
import type { WebglAddon } from '@xterm/addon-webgl';
import { type ITheme, Terminal } from '@xterm/xterm';
import { copyText } from '#lib/clipboard.ts';
import { type TerminalSize, type TerminalState, TerminalTransport } from './terminal-transport.ts';

export interface TerminalViewOptions {
  url: (after: number | undefined) => string;
  /** What is typed is not sent, and the terminal keeps the size that others gave it. */
  isReadOnly: boolean;
  onState: (state: TerminalState) => void;
  /** Output that follows a command line which was entered here. Output of a program that merely keeps printing is not reported. */
  onCommandOutput: () => void;
}

const SCROLLBACK_LINES = 10_000;
const FONT_SIZE_PX = 12.5;
/** A terminal that is only watched is drawn smaller until it fits, down to this; beyond, its element scrolls. */
const MIN_FONT_SIZE_PX = 9;
const FONT_FAMILY = '"Geist Mono Variable", ui-monospace, Menlo, monospace';
/** While the element is dragged to another size, the terminal is resized once the dragging pauses. */
const SIZE_SETTLES_MS = 80;
const ENTERED_WITHIN_MS = 20_000;
const CARRIAGE_RETURN = 13;
const OSC_LINK = 8;
/** A longer link is shown as plain text. */
const MAX_LINK_LENGTH = 4_096;
const FULL_RESET = '\u001bc';

/** Cells are measured once, with the font that is there then. */
export async function loadTerminalFont(): Promise<void> {
  await document.fonts.load(`${FONT_SIZE_PX}px "Geist Mono Variable"`);
}

/** One terminal on the page: xterm.js drawn into an element, fed by its transport. */
export class TerminalView {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #transport: TerminalTransport;
  readonly #encoder = new TextEncoder();
  readonly #disposers: (() => void)[] = [];
  /** What fits into the element. */
  #ownSize: TerminalSize | undefined;
  #sizeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Somebody else gave the terminal another size; this viewer keeps to it until it is used itself. */
  #isFollowing = false;
  #isReadOnly = false;
  #enteredAt = Number.NEGATIVE_INFINITY;

  constructor(options: TerminalViewOptions) {
    this.#terminal = new Terminal({
      allowProposedApi: false,
      cursorBlink: true,
      cursorInactiveStyle: 'outline',
      fontFamily: FONT_FAMILY,
      fontSize: FONT_SIZE_PX,
      lineHeight: 1.25,
      macOptionIsMeta: true,
      rightClickSelectsWord: true,
      scrollback: SCROLLBACK_LINES,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.parser.registerOscHandler(OSC_LINK, (data) => data.length > MAX_LINK_LENGTH);
    this.setReadOnly(options.isReadOnly);
    this.#transport = new TerminalTransport({
      url: options.url,
      onState: options.onState,
      surface: {
        write: (bytes, done) => {
          if (performance.now() - this.#enteredAt < ENTERED_WITHIN_MS) options.onCommandOutput();
          this.#terminal.write(bytes, () => {
            done();
            if (this.#isReadOnly) this.#scrollToCursor();
          });
        },
        redraw: (size, bytes, done) => {
          // Both go through the write queue, so they happen behind what was written before and ahead of what follows.
          this.#terminal.write(FULL_RESET, () => this.#resizeTo(size));
          this.#terminal.write(bytes, () => {
            done();
            this.fit();
            if (this.#isReadOnly) this.#scrollToCursor();
          });
        },
        resize: (size) => {
          // The terminal tells every viewer, also the one that asked.
          this.#isFollowing =
            this.#isReadOnly || size.cols !== this.#ownSize?.cols || size.rows !== this.#ownSize.rows;
          this.#resizeTo(size);
          if (this.#isReadOnly) this.fit();
        },
      },
    });
    this.#terminal.onData((text) => this.#typed(this.#encoder.encode(text)));
    this.#terminal.onBinary((text) =>
      this.#typed(Uint8Array.from(text, (character) => character.charCodeAt(0))),
    );
    this.#terminal.attachCustomKeyEventHandler((event) => this.#isForTerminal(event));
  }

  /** Draws into the element and connects. Once only. */
  attach(element: HTMLElement): void {
    this.setTheme();
    this.#terminal.open(element);
    this.#terminal.textarea?.setAttribute('aria-label', 'Terminal input');
    this.#lockInput();
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(element);
    this.#disposers.push(() => observer.disconnect());
    this.fit();
    this.#transport.start();
  }

  /** Draws with the graphics card where there is one; xterm.js draws with the DOM otherwise, and when the card is taken away. */
  accelerate(addon: WebglAddon): void {
    addon.onContextLoss(() => addon.dispose());
    this.#terminal.loadAddon(addon);
  }

  dispose(): void {
    clearTimeout(this.#sizeTimer);
    this.#transport.stop();
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#terminal.dispose();
  }

  focus(): void {
    if (!this.#isReadOnly) this.#isFollowing = false;
    this.#terminal.focus();
    this.fit();
  }

  /** Attaches again after the last byte: the current connection may be dead without a close event. */
  revive(): void {
    if (this.#transport.state.connection === 'live') this.#transport.reconnect();
    else this.#transport.retryNow();
  }

  retryNow(): void {
    this.#transport.retryNow();
  }

  /** Takes the room that the element has. Hidden, it has none, and keeps its size. */
  fit(): void {
    const size = this.#fit.proposeDimensions();
    if (size === undefined || !isUsable(size)) return;
    const own = { cols: size.cols, rows: size.rows };
    this.#ownSize = own;
    if (this.#isReadOnly) this.#shrinkToFit(own);
    if (this.#isFollowing) return;
    this.#resizeTo(own);
    clearTimeout(this.#sizeTimer);
    this.#sizeTimer = setTimeout(() => this.#transport.resize(own), SIZE_SETTLES_MS);
  }

  /** A watcher types nothing and decides no size. */
  setReadOnly(isReadOnly: boolean): void {
    if (isReadOnly === this.#isReadOnly) return;
    this.#isReadOnly = isReadOnly;
    this.#isFollowing = isReadOnly;
    this.#lockInput();
    if (isReadOnly) return;
    this.#terminal.options.fontSize = FONT_SIZE_PX;
    this.fit();
    // What a viewer may do is decided when it attaches, and it may be attaching right now.
    this.#transport.reconnect();
  }

  /** Reads the colours of the page's theme, and tells them to programs that ask. */
  setTheme(): void {
    const theme = readTheme();
    this.#terminal.options.theme = theme;
    const colors = terminalColors.safeParse({ ...theme, ansi: ANSI_NAMES.map((name) => theme[name]) });
    if (colors.success) this.#transport.setColors(colors.data);
  }

  #resizeTo({ cols, rows }: TerminalSize): void {
    if (this.#terminal.cols !== cols || this.#terminal.rows !== rows) this.#terminal.resize(cols, rows);
  }

  /** The field that takes the keys is there once the terminal is open. A browser scrolls to what is typed in it, sent or not. */
  #lockInput(): void {
    this.#terminal.options.disableStdin = this.#isReadOnly;
    if (this.#terminal.textarea !== undefined) this.#terminal.textarea.readOnly = this.#isReadOnly;
  }

  /** @param room columns and rows for which there is room in the present font. */
  #shrinkToFit(room: TerminalSize): void {
    const { cols, rows, options } = this.#terminal;
    const wanted = (options.fontSize ?? FONT_SIZE_PX) * Math.min(room.cols / cols, room.rows / rows);
    options.fontSize = Math.min(FONT_SIZE_PX, Math.max(MIN_FONT_SIZE_PX, wanted));
  }

  /** Where the terminal is larger than its element, what happens stays in sight. */
  #scrollToCursor(): void {
    const { element, rows, buffer } = this.#terminal;
    const frame = element?.parentElement;
    const screen = element?.querySelector('.xterm-screen');
    if (!frame || !screen) return;
    const cursorBottom = ((buffer.active.cursorY + 1) * screen.clientHeight) / rows;
    frame.scrollTop = Math.max(0, cursorBottom - frame.clientHeight);
  }

  #typed(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isReadOnly) return;
    if (this.#isFollowing) {
      this.#isFollowing = false;
      this.fit();
    }
    if (bytes.includes(CARRIAGE_RETURN)) this.#enteredAt = performance.now();
    this.#transport.sendInput(bytes);
  }

  /** Copy and paste as everywhere else; Ctrl C without a selection still interrupts. False: the browser does it. */
  #isForTerminal(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    // A space would scroll what is watched.
    if (this.#isReadOnly && key.length === 1 && !isCommand) event.preventDefault();
    if (isCommand && key === 'v' && !event.altKey) return false;
    const isCopy = isCommand && key === 'c' && (event.shiftKey || this.#terminal.hasSelection());
    if (!isCopy) return true;
    event.preventDefault();
    if (this.#terminal.hasSelection()) {
      copyText(this.#terminal.getSelection()).catch(() => this.#terminal.focus());
      this.#terminal.clearSelection();
    }
    return false;
  }
}

function isUsable({ cols, rows }: TerminalSize): boolean {
  return Number.isFinite(cols) && Number.isFinite(rows) && cols >= 2 && rows >= 1;
}

const ANSI_NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'brightBlack',
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
  'brightWhite',
] as const;

function readTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const ansi = Object.fromEntries(ANSI_NAMES.map((name, index) => [name, token(`--ansi-${index}`)]));
  return {
    ...ansi,
    background: token('--terminal-background'),
    foreground: token('--terminal-foreground'),
    cursor: token('--terminal-cursor'),
    cursorAccent: token('--terminal-background'),
    selectionBackground: token('--terminal-selection'),
  };
}
