import { ESCAPED_BYTE_BASE, shownPath } from '@podex/contracts/file-names';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPath, diskPath, spellName } from './file-names.ts';

const bytes = (path: string): Buffer => Buffer.from(diskPath(path));
const escaped = (...values: number[]): string =>
  values.map((value) => String.fromCodePoint(ESCAPED_BYTE_BASE + value)).join('');

describe('the spelling of names that need not be UTF-8', () => {
  it('gives back each byte, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (given) => {
        const name = Buffer.from(given);
        const spelled = spellName(name);
        expect(spelled.isWellFormed()).toBe(true);
        expect(bytes(spelled).equals(name)).toBe(true);
      }),
    );
  });

  it('leaves text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        expect(spellName(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['one byte', Buffer.of(0xb1), escaped(0xb1)],
    ['a cut character', Buffer.from('aä').subarray(0, 2), `a${escaped(0xc3)}`],
    ['half a surrogate pair', Buffer.of(0xed, 0xa0, 0x80), escaped(0xed, 0xa0, 0x80)],
    ['a slash written too long', Buffer.of(0xc0, 0xaf), escaped(0xc0, 0xaf)],
    ['a character that stands for a byte', Buffer.from(escaped(0xb1)), escaped(0xf4, 0x8f, 0xba, 0xb1)],
    ['text around it', Buffer.from([0x61, 0xff, 0xf0, 0x9f, 0x98, 0x80]), `a${escaped(0xff)}😀`],
  ])('spells %s', (_what, name, spelled) => {
    expect(spellName(name)).toBe(spelled);
    expect(bytes(spelled).equals(name)).toBe(true);
  });

  it('has one spelling for what a client escapes for no reason', () => {
    expect(canonicalPath(`d/${escaped(0xc3, 0xa4)}`)).toBe('d/ä');
  });

  it('is shown to people as numbers', () => {
    expect(shownPath(`a/${escaped(0xb1, 0x8f)}.txt`)).toBe('a/\\xB1\\x8F.txt');
    expect(shownPath('\u202egpj.exe\n')).toBe('\\u202Egpj.exe\\u000A');
    expect(shownPath('हिन्दी 😀')).toBe('हिन्दी 😀');
  });
});
