import { describe, expect, it } from 'vitest';
import { decodeText, findChange } from './file-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('decodeText', () => {
  it('knows how the lines end, where all end alike', () => {
    expect(decodeText(bytes('a\nb\n'))?.lineSeparator).toBe('\n');
    expect(decodeText(bytes('a\r\nb\r\n'))?.lineSeparator).toBe('\r\n');
    expect(decodeText(bytes('a\r\nb\n'))?.lineSeparator).toBe('\n');
    expect(decodeText(bytes('a\rb\r\n'))?.lineSeparator).toBe('\n');
    expect(decodeText(bytes('\n\r\n'))?.lineSeparator).toBe('\n');
    expect(decodeText(bytes(''))).toEqual({ text: '', lineSeparator: '\n' });
  });

  it('keeps a byte order mark', () => {
    expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))?.text).toBe('\ufeffa');
  });

  it('rejects bytes that are not UTF-8 text', () => {
    expect(decodeText(Uint8Array.of(0x61, 0x00))).toBeUndefined();
    expect(decodeText(Uint8Array.of(0xff, 0xfe))).toBeUndefined();
  });
});

describe('findChange', () => {
  it('finds the one passage that differs', () => {
    expect(findChange('one two three', 'one 2 three')).toEqual({ from: 4, to: 7, insert: '2' });
    expect(findChange('aa', 'aaa')).toEqual({ from: 2, to: 2, insert: 'a' });
    expect(findChange('abc', '')).toEqual({ from: 0, to: 3, insert: '' });
    expect(findChange('same', 'same')).toBeUndefined();
  });
});
