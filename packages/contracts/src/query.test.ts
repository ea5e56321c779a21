import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withQuery } from './query.ts';

it('carries every value to the other side as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (one, other) => {
      fc.pre(one.isWellFormed());
      const { pathname, searchParams } = new URL(withQuery('/a/b', { one, other, limit: 5 }), 'http://x');
      expect([pathname, ...searchParams]).toEqual(['/a/b', ['one', one], ['other', other], ['limit', '5']]);
    }),
  );
});

it('adds nothing for what is not there', () => {
  expect(withQuery('/a', { after: undefined })).toBe('/a');
  expect(withQuery('/a?limit=2', { after: 'a?c&d' })).toBe('/a?limit=2&after=a%3Fc%26d');
});
