import headless from '@xterm/headless';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, limitSize, loadEmulator, Screen } from './screen.ts';

const COLS = 20;
const ROWS = 6;
const UNHEARD = { onReply: () => undefined, onProgress: () => undefined };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await loadEmulator();
});

function newScreen(onReply: (reply: string) => void = () => undefined): Screen {
  return new Screen(emulator, { cols: COLS, rows: ROWS, onReply, onProgress: () => undefined });
}

/** What a terminal shows after these bytes: every line, and where the cursor stands. */
async function look(parts: readonly Buffer[]) {
  const terminal = new headless.Terminal({
    cols: COLS,
    rows: ROWS,
    scrollback: 1_000,
    allowProposedApi: true,
  });
  for (const part of parts) terminal.write(part);
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) =>
    active.getLine(row)?.translateToString(true),
  );
  return { lines, x: active.cursorX, y: active.cursorY, type: active.type, modes: { ...terminal.modes } };
}

/** As programs use them: who clears or changes the screen says where to go on. */
const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\x1b[31mred\x1b[0m',
    '\x1b[H\x1b[2J',
    '\x1b[H',
    '\x1b[3;5H',
    '\x1b[K',
    '\x1b[?1049h\x1b[H',
    '\x1b[?1049h\x1b[Hfull\x1b[?1049l',
    '\x1b[?2004h',
    '\x1bH',
    '\x1b[3g',
    '\x1b[0g',
    '\x1b[48;2;1;2;3m',
    '\x1b[?1h',
    '\x1b[1;44mbold',
    '\x1b]2;title\x07',
    'wide 漢字 ',
    '😀',
    '\t',
  ),
  fc.string({ maxLength: 30 }),
);

it('drawn anywhere, goes on to the same as the stream that led there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 25 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (pieces, place) => {
        const bytes = Buffer.from(pieces.join(''));
        const cut = Math.floor(bytes.length * place);
        fc.pre((await look([bytes.subarray(0, cut)])).x < COLS);
        const screen = newScreen();
        screen.write(bytes.subarray(0, cut));
        const drawing = await screen.draw();
        expect(drawing).toMatchObject({ offset: cut, cols: COLS, rows: ROWS });
        expect(await look([drawing.bytes, bytes.subarray(cut)])).toEqual(await look([bytes]));
        screen.dispose();
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

describe('a drawing', () => {
  async function drawn(text: string): Promise<string> {
    const screen = newScreen();
    screen.write(Buffer.from(text));
    return (await screen.draw()).bytes.toString();
  }

  it('has what the serialised text lacks', async () => {
    const text = await drawn('\x1b]2;my title\x07\x1b[4 q\x1b[?1006h\x1b(0\x1b[?25lx');
    for (const part of ['\x1b]2;my title\x1b\\', '\x1b[4 q', '\x1b[?1006h', '\x1b(0', '\x1b[?25l'])
      expect(text).toContain(part);
  });

  it('leaves no background behind that its program has in force', async () => {
    const stream = Buffer.from('before\x1b[?1049h\x1b[H\x1b[48;2;1;2;3mpainted');
    const screen = newScreen();
    screen.write(stream);
    const [styled, asked] = await Promise.all(
      [stream, (await screen.draw()).bytes].map(async (bytes) => {
        const terminal = new headless.Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true });
        await new Promise<void>((resolve) => terminal.write(bytes, resolve));
        const cellOf = (row: number, column: number) => terminal.buffer.active.getLine(row)?.getCell(column);
        return [cellOf(0, 0), cellOf(0, COLS - 1), cellOf(1, 0)].map((cell) => cell?.isBgRGB());
      }),
    );
    expect(asked).toEqual([true, false, false]);
    expect(asked).toEqual(styled);
  });

  it('has the tab stops of both buffers', async () => {
    const tabs = '\x1b[3g\x1b[3G\x1bH\x1b[9G\x1bH\r';
    const streams = [tabs, `${tabs}\x1b[?1049h\x1b[H\x1b[6G\x1bH\r`, `\x1b[?1049h${tabs}\x1b[?1049l`];
    for (const stream of streams.map((text) => Buffer.from(text))) {
      const screen = newScreen();
      screen.write(stream);
      const rest = [Buffer.from('\ta\tb\tc\x1b[?1049l\r\td')];
      expect(await look([(await screen.draw()).bytes, ...rest])).toEqual(await look([stream, ...rest]));
      screen.dispose();
    }
  });

  it('is bounded, whatever a program sets as its title, links to, or takes for its size', async () => {
    const endless = 'x'.repeat(100_000);
    const text = await drawn(`\x1b]2;${endless}\x07\x1b]8;;https://${endless}\x1b\\link\x1b]8;;\x1b\\`);
    expect(text).toContain('link');
    expect(text.length).toBeLessThan(2_000);
    const wide = new Screen(emulator, { ...limitSize({ cols: 1_000, rows: 1_000 }), ...UNHEARD });
    expect((await wide.draw()).rows).toBe(200);
    wide.write(Buffer.from('y\r\n'.repeat(2_000)));
    expect((await wide.draw()).bytes.toString().match(/y/g)).toHaveLength(199);
  });

  it('forgets what was undone or reset', async () => {
    const text = await drawn('\x1b[?25l\x1b[?25h\x1b[?1006h\x1b[?1006l\x1b[2;4r\x1b[r\x1b[4 q\x1bc');
    for (const part of ['[?25l', '[?1006h', '[2;4r', '[4 q']) expect(text).not.toContain(part);
  });

  it('places the cursor, also when the screen is full to its edges', async () => {
    const full = Array.from({ length: ROWS }, (_, row) => `\x1b[${row + 1};1H${'x'.repeat(COLS)}`).join('');
    for (const text of [`${full}\x1b[3;5H`, `${full}\x1b[3;5H\x1b[?1049h${full}\x1b[2;7H`]) {
      const screen = newScreen();
      screen.write(Buffer.from(text));
      const { bytes } = await screen.draw();
      for (const rest of ['y', '\x1b[?1049ly']) {
        expect(await look([bytes, Buffer.from(rest)])).toEqual(await look([Buffer.from(text + rest)]));
      }
    }
  });

  it('keeps the scroll region and the cursor in it', async () => {
    const text = '\x1b[2;4rone\r\ntwo\x1b[3;7H';
    const screen = newScreen();
    screen.write(Buffer.from(text));
    const { bytes } = await screen.draw();
    const rest = Buffer.from('x\r\ny\r\nz\r\nw');
    expect(await look([bytes, rest])).toEqual(await look([Buffer.from(text), rest]));
  });

  it('comes after everything that was written before, resizes too', async () => {
    const screen = newScreen();
    screen.write(Buffer.from('a'.repeat(100_000)));
    screen.resize(40, 10);
    const drawing = screen.draw();
    screen.write(Buffer.from('later'));
    expect(await drawing).toMatchObject({ offset: 100_000, cols: 40, rows: 10 });
  });
});

it('replies to what programs ask of a terminal', async () => {
  const replies: string[] = [];
  const screen = newScreen((reply) => replies.push(reply));
  screen.write(Buffer.from('ab\x1b[6n'));
  await screen.draw();
  expect(replies).toEqual(['\x1b[1;3R']);
});
