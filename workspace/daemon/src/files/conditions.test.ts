import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { parseRange, requireConditions } from './conditions.ts';

describe('a range', () => {
  it.each([
    ['bytes=0-4', { start: 0, end: 4 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=8-100', { start: 8, end: 9 }],
    [undefined, undefined],
    ['bytes=4-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=1-2', undefined],
  ])('%s of ten bytes', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s of ten bytes cannot be given', (header) => {
    expect(() => parseRange(header, 10)).toThrow(PodexError);
  });

  it('of an empty file cannot be given', () => {
    expect(() => parseRange('bytes=0-', 0)).toThrow(PodexError);
  });
});

describe('conditions', () => {
  const check = (etag: string | undefined, ifMatch?: string, ifNoneMatch?: string) => () =>
    requireConditions('file', etag, { ifMatch, ifNoneMatch });

  it('hold', () => {
    expect(check('"a"')).not.toThrow();
    expect(check(undefined)).not.toThrow();
    expect(check('"a"', '"b", "a"')).not.toThrow();
    expect(check('"a"', 'W/"a"')).not.toThrow();
    expect(check('"a"', '*')).not.toThrow();
    expect(check(undefined, undefined, '*')).not.toThrow();
    expect(check('"a"', undefined, '"b"')).not.toThrow();
  });

  it('do not hold', () => {
    expect(check('"a"', '"b"')).toThrow('changed');
    expect(check(undefined, '*')).toThrow('not there');
    expect(check('"a"', undefined, '*')).toThrow('changed');
    expect(check('"a"', undefined, '"a"')).toThrow('changed');
  });
});
