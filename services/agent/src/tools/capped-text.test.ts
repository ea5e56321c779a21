import { describe, expect, it } from 'vitest';
import { capEnd, capStart, MAX_CHARACTERS, MAX_LINES } from './capped-text.ts';

const lines = (count: number, width = 1) =>
  Array.from({ length: count }, (_, index) => String(index).padStart(width)).join('\n');

describe('capping', () => {
  it('leaves what fits alone', () => {
    expect(capStart('a\nb')).toEqual({ text: 'a\nb', isCut: false });
    expect(capEnd('a\nb')).toEqual({ text: 'a\nb', isCut: false });
  });

  it('keeps whole lines, at most 2,000 of them', () => {
    expect(capStart(lines(5000)).text.split('\n')).toHaveLength(MAX_LINES);
    expect(capEnd(lines(5000)).text.split('\n').at(-1)).toBe('4999');
    for (const { text, isCut } of [capStart(lines(1000, 100)), capEnd(lines(1000, 100))]) {
      expect(isCut).toBe(true);
      expect(text.length).toBeLessThanOrEqual(MAX_CHARACTERS);
      expect(text.split('\n').every((line) => line.length === 100)).toBe(true);
    }
  });

  it('cuts within a line that is too long by itself', () => {
    expect(capStart('x'.repeat(200_000)).text).toHaveLength(MAX_CHARACTERS);
    expect(capEnd('x'.repeat(200_000)).text).toHaveLength(MAX_CHARACTERS);
  });
});
