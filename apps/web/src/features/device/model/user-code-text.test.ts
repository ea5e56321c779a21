import { describe, expect, it } from 'vitest';
import { formatTypedCode, readUserCode } from './user-code-text.ts';

describe('formatTypedCode', () => {
  it.each([
    ['bcdf', 'BCDF'],
    ['bcdfg', 'BCDF-G'],
    ['bcdf-ghjk', 'BCDF-GHJK'],
    [' BCDF GHJK LMN', 'BCDF-GHJK'],
    ['aeiou1234', ''],
  ])('%s is %s', (typed, shown) => {
    expect(formatTypedCode(typed)).toBe(shown);
  });
});

describe('readUserCode', () => {
  it.each([
    ['BCDFGHJK', 'BCDF-GHJK'],
    ['BCDF-GHJ', undefined],
    ['<script>', undefined],
    [null, undefined],
  ])('%s is %s', (given, code) => {
    expect(readUserCode(given)).toBe(code);
  });
});
