import type { IBuffer, IFunctionIdentifier, Terminal } from '@xterm/headless';
import { TabStops } from './tab-stops.ts';

type Parameters = (number | number[])[];

/** How the addon goes over to the alternate buffer. */
const ALTERNATE_BUFFER = '\x1b[?1049h\x1b[H';
const NO_STYLE = '\x1b[0m';
const MAX_TITLE_LENGTH = 1_000;
const CURSOR_VISIBLE = 25;
const MOUSE_ENCODINGS = new Set([1006, 1016]);

interface Region {
  top: number;
  bottom: number;
}

/**
 * What the serialize addon leaves out of a screen: whether and how the cursor is shown, how mouse events are encoded, the scroll
 * region, tab stops, line-drawing characters, the title. Followed through the emulator’s parser, and written out as sequences again.
 */
export class ScreenModes {
  readonly #terminal: Terminal;
  readonly #tabs: TabStops;
  #isCursorHidden = false;
  #cursorStyle = 0;
  #mouseEncoding: number | undefined;
  #isLineDrawing = false;
  #title = '';
  #regions: Partial<Record<'normal' | 'alternate', Region>> = {};

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#tabs = new TabStops(terminal);
    const { parser } = terminal;
    // Each handler only looks on: `false` passes the sequence to the emulator.
    const watch = (id: IFunctionIdentifier, see: (parameters: Parameters) => void) =>
      parser.registerCsiHandler(id, (parameters) => {
        see(parameters);
        return false;
      });
    watch({ prefix: '?', final: 'h' }, (modes) => this.#setModes(modes, true));
    watch({ prefix: '?', final: 'l' }, (modes) => this.#setModes(modes, false));
    watch({ intermediates: ' ', final: 'q' }, ([style]) => {
      this.#cursorStyle = typeof style === 'number' ? style : 0;
    });
    watch({ final: 'r' }, (bounds) => this.#setRegion(bounds));
    watch({ intermediates: '!', final: 'p' }, () => this.#reset());
    const watchEscape = (id: IFunctionIdentifier, see: () => void) =>
      parser.registerEscHandler(id, () => {
        see();
        return false;
      });
    watchEscape({ final: 'c' }, () => this.#reset());
    watchEscape({ intermediates: '(', final: '0' }, () => {
      this.#isLineDrawing = true;
    });
    watchEscape({ intermediates: '(', final: 'B' }, () => {
      this.#isLineDrawing = false;
    });
    terminal.onTitleChange((title) => {
      this.#title = title.slice(0, MAX_TITLE_LENGTH);
    });
    terminal.onResize(() => {
      this.#regions = {};
    });
  }

  /** Makes the text of the serialize addon whole. */
  complete(serialized: string): string {
    const { buffer, cols } = this.#terminal;
    const { normal, active } = buffer;
    const alternateAt = serialized.indexOf(ALTERNATE_BUFFER);
    if (active.type === 'normal' || alternateAt === -1) return serialized + this.#serializeModes();
    // Where the cursor of the normal buffer is remembered until the alternate one is left.
    return (
      serialized.slice(0, alternateAt) +
      this.#tabs.serialize('normal') +
      placeCursor(normal, { cols, top: 1 }) +
      // The addon has put the style in force there, which would fill the alternate buffer.
      NO_STYLE +
      serialized.slice(alternateAt) +
      this.#serializeModes()
    );
  }

  #serializeModes(): string {
    const { buffer, cols, modes } = this.#terminal;
    const { active } = buffer;
    const region = this.#regions[active.type];
    const parts = [region === undefined ? '' : `\x1b[${region.top};${region.bottom}r`];
    parts.push(
      this.#tabs.serialize(active.type),
      placeCursor(active, { cols, top: modes.originMode ? (region?.top ?? 1) : 1 }),
    );
    if (this.#title !== '') parts.push(`\x1b]2;${this.#title}\x1b\\`);
    if (this.#cursorStyle !== 0) parts.push(`\x1b[${this.#cursorStyle} q`);
    if (this.#mouseEncoding !== undefined) parts.push(`\x1b[?${this.#mouseEncoding}h`);
    if (this.#isLineDrawing) parts.push('\x1b(0');
    if (this.#isCursorHidden) parts.push('\x1b[?25l');
    return parts.join('');
  }

  #setModes(modes: Parameters, isOn: boolean): void {
    for (const mode of modes) {
      if (mode === CURSOR_VISIBLE) this.#isCursorHidden = !isOn;
      if (typeof mode === 'number' && MOUSE_ENCODINGS.has(mode))
        this.#mouseEncoding = isOn ? mode : undefined;
      // Leaving the alternate buffer clears it, its region and tab stops too.
      if (mode === 1049 || mode === 1047 || mode === 47) {
        delete this.#regions.alternate;
        this.#tabs.forget('alternate');
      }
    }
  }

  #setRegion([top = 1, bottom = 0]: Parameters): void {
    const { rows } = this.#terminal;
    const first = typeof top === 'number' && top > 0 ? top : 1;
    const last = typeof bottom === 'number' && bottom > 0 && bottom <= rows ? bottom : rows;
    if (last <= first) return;
    const { type } = this.#terminal.buffer.active;
    if (first === 1 && last === rows) delete this.#regions[type];
    else this.#regions[type] = { top: first, bottom: last };
  }

  #reset(): void {
    this.#isCursorHidden = false;
    this.#cursorStyle = 0;
    this.#mouseEncoding = undefined;
    this.#isLineDrawing = false;
    this.#regions = {};
  }
}

/**
 * The addon moves the cursor from where its text ends, which goes wrong by a column when that is a line’s end; so it is placed again.
 * Not where it waits behind the last column: no sequence leads there. `top` is the row that counts as the first.
 */
function placeCursor({ cursorX, cursorY }: IBuffer, { cols, top }: { cols: number; top: number }): string {
  return cursorX < cols ? `\x1b[${cursorY + 2 - top};${cursorX + 1}H` : '';
}
