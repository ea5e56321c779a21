import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTail, unfinishedBytes } from './utf8-tail.ts';

it('cut anywhere, decodes to whole characters of the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 50 }),
      fc.nat(300),
      fc.nat(300),
      (text, from, to) => {
        const bytes = Buffer.from(text);
        const start = Math.min(from, to, bytes.length);
        const end = Math.min(Math.max(from, to), bytes.length);
        const decoded = decodeTail(bytes.subarray(start, end), {
          isCutInFront: start > 0,
          isOpenEnded: true,
        });
        expect(text).toContain(decoded);
        expect(Buffer.byteLength(decoded)).toBeGreaterThanOrEqual(end - start - 6);
      },
    ),
  );
});

describe('bytes that are no UTF-8', () => {
  it('become replacement characters', () => {
    const whole = { isCutInFront: false, isOpenEnded: false };
    expect(decodeTail(Buffer.from([0x61, 0xff, 0x62]), whole)).toBe('a\ufffdb');
    expect(decodeTail(Buffer.from([0x61, 0xe2, 0x82]), whole)).toBe('a\ufffd');
  });

  it('are not taken for the beginning of a character', () => {
    expect(unfinishedBytes(Buffer.from([0x80, 0x80, 0x80, 0x80]))).toBe(0);
    expect(unfinishedBytes(Buffer.from([0xff]))).toBe(0);
    expect(unfinishedBytes(Buffer.from([0xf0, 0x9f, 0x98]))).toBe(3);
  });
});

it('leaves a byte order mark where it is', () => {
  expect(decodeTail(Buffer.from('\ufeffx'), { isCutInFront: false, isOpenEnded: false })).toBe('\ufeffx');
});
