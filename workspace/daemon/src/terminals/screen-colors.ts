import type { TerminalColors } from '@podex/contracts/terminals';
import type { Terminal } from '@xterm/headless';

/** Those of the page’s dark theme, until a viewer tells its own. */
const DEFAULT_COLORS: TerminalColors = {
  foreground: '#dfe1e6',
  background: '#121317',
  cursor: '#82a2ff',
  ansi: [
    ...['#2a2d35', '#f2736d', '#62c98b', '#e3b341', '#7aa2f7', '#cf8ce0', '#5cc5d0', '#c8ccd4'],
    ...['#6b7280', '#ff938e', '#82dda5', '#f2cb6c', '#9dbbff', '#e0aaee', '#83dbe4', '#f1f2f5'],
  ],
};
const NAMED = { 10: 'foreground', 11: 'background', 12: 'cursor' } as const;
/** What sets one of them back stands this far from what sets it. */
const RESET_OFFSET = 100;
const PALETTE = 4;
const ANSI_COUNT = 16;
const CUBE_SIDE = 6;
const FIRST_GREY = 232;
const PALETTE_COUNT = 256;
const COLOR_SCHEME = 996;

type Rgb = readonly [red: number, green: number, blue: number];

/** Which colours a terminal has: replies to programs that ask, such as editors that choose between dark and light. */
export class ScreenColors {
  readonly #reply: (reply: string) => void;
  readonly #ofProgram = new Map<number | 'foreground' | 'background' | 'cursor', Rgb>();
  #ofViewer = DEFAULT_COLORS;

  constructor({ parser }: Terminal, reply: (reply: string) => void) {
    this.#reply = reply;
    for (const [code, name] of Object.entries(NAMED)) {
      parser.registerOscHandler(Number(code), (data) => this.#named(Number(code), data));
      parser.registerOscHandler(Number(code) + RESET_OFFSET, () => this.#ofProgram.delete(name));
    }
    parser.registerOscHandler(PALETTE, (data) => this.#palette(data));
    parser.registerOscHandler(PALETTE + RESET_OFFSET, (data) => this.#resetPalette(data));
    parser.registerCsiHandler(
      { prefix: '?', final: 'n' },
      ([mode]) => mode === COLOR_SCHEME && this.#scheme(),
    );
  }

  /** How its viewers draw it. */
  set(colors: TerminalColors): void {
    this.#ofViewer = colors;
  }

  /** `OSC 10 ; a ; b`: the first for the foreground, the second for the one that follows. */
  #named(first: number, data: string): boolean {
    for (const [index, spec] of data.split(';', Object.keys(NAMED).length).entries()) {
      const name = NAMED[(first + index) as keyof typeof NAMED];
      if (name === undefined) break;
      if (spec === '?') {
        const color = this.#ofProgram.get(name) ?? parseHex(this.#ofViewer[name]);
        this.#reply(`\x1b]${first + index};${describe(color)}\x1b\\`);
      } else this.#assign(name, spec);
    }
    return true;
  }

  #palette(data: string): boolean {
    const fields = data.split(';', PALETTE_COUNT * 2);
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const index = Number(fields[at]);
      const spec = fields[at + 1] ?? '';
      if (!Number.isInteger(index) || index < 0 || index >= PALETTE_COUNT) continue;
      if (spec !== '?') this.#assign(index, spec);
      else
        this.#reply(`\x1b]4;${index};${describe(this.#ofProgram.get(index) ?? this.#indexed(index))}\x1b\\`);
    }
    return true;
  }

  #resetPalette(data: string): boolean {
    const indexes = data === '' ? [...this.#ofProgram.keys()] : data.split(';', PALETTE_COUNT).map(Number);
    for (const index of indexes) if (typeof index === 'number') this.#ofProgram.delete(index);
    return true;
  }

  #scheme(): boolean {
    const [red, green, blue] = this.#ofProgram.get('background') ?? parseHex(this.#ofViewer.background);
    const isDark = red * 299 + green * 587 + blue * 114 < 128_000;
    this.#reply(`\x1b[?997;${isDark ? 1 : 2}n`);
    return true;
  }

  #assign(name: number | 'foreground' | 'background' | 'cursor', spec: string): void {
    const color = parseSpec(spec);
    if (color !== undefined) this.#ofProgram.set(name, color);
  }

  #indexed(index: number): Rgb {
    if (index < ANSI_COUNT) return parseHex(this.#ofViewer.ansi[index] ?? '#000000');
    if (index >= FIRST_GREY) {
      const grey = 8 + (index - FIRST_GREY) * 10;
      return [grey, grey, grey];
    }
    const at = index - ANSI_COUNT;
    const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
    const green = Math.floor(at / CUBE_SIDE) % CUBE_SIDE;
    return [level(Math.floor(at / CUBE_SIDE ** 2)), level(green), level(at % CUBE_SIDE)];
  }
}

function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** `#rrggbb` and `rgb:rr/gg/bb`, with one to four digits each. */
function parseSpec(spec: string): Rgb | undefined {
  if (/^#[0-9a-f]{6}$/i.test(spec)) return parseHex(spec);
  const [, red, green, blue] = /^rgb:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})$/i.exec(spec) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  return [scaled(red), scaled(green), scaled(blue)];
}

function scaled(digits: string): number {
  return Math.round((Number.parseInt(digits, 16) * 255) / (16 ** digits.length - 1));
}

function describe(color: Rgb): string {
  return `rgb:${color.map((part) => part.toString(16).padStart(2, '0').repeat(2)).join('/')}`;
}
