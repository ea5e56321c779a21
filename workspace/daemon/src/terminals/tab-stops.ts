import type { Terminal } from '@xterm/headless';

type BufferType = 'normal' | 'alternate';

const USUAL_WIDTH = 8;

/** Where the tab stops of both buffers are, once a program has changed them: nothing but the parser tells. */
export class TabStops {
  readonly #terminal: Terminal;
  /** Columns from 0; as usual where there is no set. */
  readonly #changed = new Map<BufferType, Set<number>>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    // Each handler only looks on: `false` passes the sequence to the emulator.
    terminal.parser.registerEscHandler({ final: 'H' }, () => {
      this.#active().add(terminal.buffer.active.cursorX);
      return false;
    });
    terminal.parser.registerCsiHandler({ final: 'g' }, ([which]) => {
      if (which === 3) this.#active().clear();
      else if (which === 0) this.#active().delete(terminal.buffer.active.cursorX);
      return false;
    });
    terminal.parser.registerEscHandler({ final: 'c' }, () => {
      this.#changed.clear();
      return false;
    });
    terminal.onResize(({ cols }) => {
      for (const stops of this.#changed.values()) grow(stops, cols);
    });
  }

  /** As when the alternate buffer is left. */
  forget(type: BufferType): void {
    this.#changed.delete(type);
  }

  /** The sequences that set them; they move the cursor within its line. */
  serialize(type: BufferType): string {
    const stops = this.#changed.get(type);
    if (stops === undefined) return '';
    const within = [...stops].filter((stop) => stop < this.#terminal.cols);
    return `\x1b[3g${within.map((stop) => `\x1b[${stop + 1}G\x1bH`).join('')}`;
  }

  #active(): Set<number> {
    const { type } = this.#terminal.buffer.active;
    const known = this.#changed.get(type);
    if (known !== undefined) return known;
    const stops = new Set<number>();
    for (let stop = 0; stop < this.#terminal.cols; stop += USUAL_WIDTH) stops.add(stop);
    this.#changed.set(type, stops);
    return stops;
  }
}

/** As the emulator does it when it gets another width: it goes on as usual from the last stop. */
function grow(stops: Set<number>, cols: number): void {
  const last = Math.max(0, ...[...stops].filter((stop) => stop < cols));
  for (let stop = last; stop < cols; stop += USUAL_WIDTH) stops.add(stop);
}
