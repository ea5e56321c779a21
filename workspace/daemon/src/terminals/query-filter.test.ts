import headless from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueryFilter } from './query-filter.ts';

/** Latin-1 names each byte. */
const filtered = (...pieces: string[]): string => {
  const filter = new QueryFilter();
  return pieces.map((piece) => filter.filter(Buffer.from(piece, 'latin1')).toString('latin1')).join('');
};

const QUESTIONS = {
  'cursor position': '\x1b[6n',
  'cursor position, the long way': '\x1b[?0006n',
  status: '\x1b[5n',
  'colour scheme': '\x1b[?996n',
  'primary attributes': '\x1b[c',
  'primary attributes with zero': '\x1b[0c',
  'secondary attributes': '\x1b[>c',
  'tertiary attributes': '\x1b[=c',
  'old identification': '\x1bZ',
  'a mode': '\x1b[?2026$p',
  'an ANSI mode': '\x1b[4$p',
  version: '\x1b[>0q',
  'keyboard protocol': '\x1b[?u',
  'key modifiers': '\x1b[?4m',
  'window size': '\x1b[18t',
  'pixel size': '\x1b[14;2t',
  title: '\x1b[21t',
  graphics: '\x1b[?1;1;0S',
  'terminal parameters': '\x1b[x',
  'control character in between': '\x1b[6\nn',
  'eight-bit introducer': '\xc2\x9b6n',
  'foreground, BEL': '\x1b]10;?\x07',
  'background, ST': '\x1b]11;?\x1b\\',
  'background, eight-bit ST': '\x1b]11;?\xc2\x9c',
  'eight-bit string': '\xc2\x9d11;?\x07',
  'palette colours': '\x1b]4;0;?;1;?\x07',
  'several colours': '\x1b]10;?;?\x1b\\',
  'kitty’s colours': '\x1b]21;foreground=?\x1b\\',
  clipboard: '\x1b]52;c;?\x07',
  'status string': '\x1bP$qm\x1b\\',
  capability: '\x1bP+q544e\x1b\\',
};

const OTHERS = [
  'plain text, ünïcödé with \xc2\xb0 and \xe2\x82\xac',
  '\x1b[31mred\x1b[0m\x1b[2J\x1b[1;5H\x1b[?1049h\x1b[?25l',
  '\x1b[s\x1b[u\x1b[=1u\x1b[>1u\x1b[<u\x1b[2 q\x1b[>4;2m\x1b[>4n\x1b[8;24;80t\x1b[22;0t\x1b[!p\x1b[5S',
  '\x1b]0;what is this?\x07\x1b]2;?\x1b\\\x1b]8;;https://example.com/?\x1b\\link\x1b]8;;\x1b\\',
  '\x1b]11;#102030\x1b\\\x1b]52;c;aGVsbG8=\x07\x1b]133;A\x07\x1b]7;file://host/a?\x1b\\',
  '\x1bPq#0;2;0;0;0\x1b\\\x1b_Ga=T;AAAA\x1b\\\x1b(0qqq\x1b(B\x1b7\x1b8\x1bc',
];

describe('questions to a terminal', () => {
  it.each(Object.entries(QUESTIONS))('are taken out wherever they are cut: %s', async (_, question) => {
    const whole = filtered(`before${question}after`);
    expect(whole).toHaveLength(question.length + 'beforeafter'.length);
    expect(whole).not.toContain(question);
    const bytes = `before${question}after`;
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(filtered(bytes.slice(0, cut), bytes.slice(cut))).toBe(whole);
    }
    const { text, replies } = await shown(whole);
    expect(replies).toEqual([]);
    expect(text.replaceAll(/\s+/g, '')).toBe('beforeafter');
  });

  it.each(OTHERS)('are all that is taken out: %j', (bytes) => {
    expect(filtered(bytes)).toBe(bytes);
    expect(filtered(...bytes)).toBe(bytes);
  });

  it('come through in no mixture of bytes at all', async () => {
    const part = fc.constantFrom(
      ...['\x1b', '[', ']', 'P', '\\', '\x07', '\x18', '\xc2', '\x9b', '\x9c', '\x9d', '\x90', '\n', ' '],
      ...['?', '>', '=', '$', ';', '6', '5', '1', '11', 'n', 'c', 'p', 'q', 'm', 't', 'x', 'Z', 'u', '18'],
      ...Object.values(QUESTIONS),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(part, { maxLength: 12 }), { maxLength: 6 }), async (pieces) => {
        const output = filtered(...pieces.map((parts) => parts.join('')));
        expect((await shown(output)).replies).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are looked for without a copy of output that has none', () => {
    const colours = Buffer.from('\x1b[38;5;42mword\x1b[0m and text '.repeat(40_000));
    const filter = new QueryFilter();
    expect(filter.filter(colours)).toBe(colours);
  });
});

/** What an emulator makes of the bytes, and what it replies. */
async function shown(bytes: string): Promise<{ text: string; replies: string[] }> {
  const emulator = new headless.Terminal({
    cols: 80,
    rows: 4,
    allowProposedApi: true,
    windowOptions: { getWinSizeChars: true },
  });
  const replies: string[] = [];
  emulator.onData((reply) => replies.push(reply));
  await new Promise<void>((resolve) => emulator.write(Buffer.from(bytes, 'latin1'), resolve));
  const { active } = emulator.buffer;
  const lines = Array.from({ length: active.length }, (_, line) =>
    active.getLine(line)?.translateToString(true),
  );
  emulator.dispose();
  return { text: lines.join(''), replies };
}
