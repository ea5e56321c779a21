import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

const ESC = '\u001b';

describe('plain text', () => {
  it.each([
    ['colours and titles', `${ESC}[1;31mred${ESC}[0m ${ESC}]0;title\u0007text`, 'red text'],
    ['what tput sgr0 writes', `${ESC}[1mhi\n${ESC}(B${ESC}[m`, 'hi\n'],
    ['line drawing and double height', `${ESC}(0a${ESC})B${ESC}#8b${ESC} Fc`, 'abc'],
    [
      'colours with colons, private and odd modes',
      `${ESC}[38:2::1:2:3ma${ESC}[?25lb${ESC}[>4;2mc${ESC}[!pd${ESC}[2 qe`,
      'abcde',
    ],
    ['links', `${ESC}]8;;https://a.test/?x=1${ESC}\\here${ESC}]8;;${ESC}\\`, 'here'],
    [
      'images and other strings',
      `a${ESC}Pq#0;2\n~~\u0008${ESC}\\b${ESC}_Gf=24;AAAA${ESC}\\c${ESC}^x${ESC}\\d${ESC}Xy${ESC}\\e`,
      'abcde',
    ],
    ['sequences of one character', 'a\u009b31mb\u009d0;t\u009cc\u0090q\u009cd\u0085e', 'abcde'],
    ['short ones', `${ESC}7a${ESC}8b${ESC}=c${ESC}>d${ESC}ce${ESC}Mf${ESC}Dg`, 'abcdefg'],
    ['control characters', 'a\u0000b\u0007c\u000ed\u000fe\u007ff\u000bg', 'abcdefg'],
    ['sequences within sequences', `${ESC}[3${ESC}[1mred${ESC}${ESC}[0m`, 'red'],
    ['one that is broken off', `red${ESC}[1`, 'red'],
    ['cancelled ones', `${ESC}]0;x\u0018text`, 'text'],
  ])('has no %s', (_what, output, text) => {
    expect(plainText(output)).toBe(text);
  });

  it('keeps what follows a sequence that never ends', () => {
    expect(plainText(`${ESC}]0;title\nline one\n${ESC}Pline two`)).toBe('\nline one\nline two');
    expect(plainText(`${ESC}[12ä`)).toBe('ä');
  });

  it('takes time in proportion to its length', () => {
    for (const opener of ['\u0090', '\u009d', `${ESC}P`, `${ESC}]`, `${ESC}[`]) {
      const output = opener.repeat(1_000_000);
      expect(plainText(output)).toBe('');
    }
  });

  it('is what was drawn last of a line', () => {
    expect(plainText('10%\r50%\r100%\ndone\r\n')).toBe('100%\ndone\n');
    expect(plainText(`10%\r${ESC}[K50%\r${ESC}[K\r\nend`)).toBe('50%\nend');
    expect(plainText('waiting\r')).toBe('waiting');
    expect(plainText('|\b/\b-\bdone N\bNA\bAME')).toBe('done NAME');
  });

  it('never holds a control character, and leaves other text alone', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ESC,
        '[',
        ']',
        '(',
        'B',
        '\u0007',
        '\\',
        '\u009b',
        'P',
        '1',
        ';',
        'm',
        '\n',
        '\r',
        '\b',
        'ä',
        '😀',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = plainText(pieces.join(''));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(plainText(text)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(plainText(text)).toBe(text);
      }),
    );
  });
});
