import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FuzzyPattern } from './fuzzy-score.ts';

function ranked(query: string, paths: readonly string[], isCaseSensitive = false): string[] {
  const pattern = new FuzzyPattern(query, { isCaseSensitive });
  return paths
    .flatMap((path) => {
      const score = pattern.score(path);
      return score === undefined ? [] : [{ path, score }];
    })
    .sort((one, other) => other.score - one.score || one.path.length - other.path.length)
    .map(({ path }) => path);
}

describe('letters in their order', () => {
  it.each([
    ['the file’s own name before its folders', 'main', ['main/src/other.ts', 'src/app/main.ts']],
    ['the whole name before a part of it', 'index.ts', ['src/my-index.ts', 'src/deep/down/index.ts']],
    ['letters in a row before scattered ones', 'form', ['f/offer-room.ts', 'x/platform.ts']],
    ['beginnings of words before their middles', 'ft', ['src/shaft.ts', 'src/file-tree.tsx']],
    ['capitals inside a name as beginnings', 'fbb', ['src/fabulous-rabbit-b.ts', 'src/FooBarBaz.ts']],
    ['folders and name together', 'edtree', ['shared/tree.ts', 'editor/file-tree.tsx']],
    ['the letter as it was typed', 'R', ['x/r.ts', 'x/R.ts']],
    ['the shorter of two that fit as well', 'app', ['a/application.ts', 'a/app.ts']],
  ])('rank %s', (_what, query, [worse = '', better = '']) => {
    expect(ranked(query, [worse, better])[0]).toBe(better);
  });

  it('leave out what has them not, or in another order', () => {
    expect(ranked('abc', ['acb', 'ab', 'a/b/c', 'aXbXc'])).toEqual(['aXbXc', 'a/b/c']);
    expect(ranked('ABC', ['abc', 'ABC'], true)).toEqual(['ABC']);
    expect(ranked('  ', ['a'])).toEqual([]);
  });

  it('may be several words, in any order', () => {
    expect(ranked('test search', ['search/search.test.ts', 'search/search.ts'])).toEqual([
      'search/search.test.ts',
    ]);
  });

  it('are found in every path that has them, whatever the path is made of', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 8 }), (path, picks) => {
        const places = [...new Set(picks.map((pick) => pick % Math.max(1, path.length)))].sort(
          (a, b) => a - b,
        );
        const query = places
          .map((place) => path.charAt(place))
          .join('')
          .replace(/\s/g, '');
        const score = new FuzzyPattern(query, { isCaseSensitive: true }).score(path);
        if (query === '') expect(score).toBeUndefined();
        else expect(score).toBeGreaterThan(-1_000);
      }),
    );
  });

  it('take time in proportion: 20,000 long paths within a second', () => {
    const pattern = new FuzzyPattern('serviceapitest', { isCaseSensitive: false });
    const began = performance.now();
    let found = 0;
    for (let index = 0; index < 20_000; index += 1) {
      const path = `services/api/src/some-folder-${index}/another/deep/test-of-${index}.integration.test.ts`;
      if (pattern.score(path) !== undefined) found += 1;
    }
    expect(found).toBe(20_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
