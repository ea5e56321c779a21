import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
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

  it('are looked at in proportion to the path and to what is typed, however often they come in it', () => {
    const looks = vi.spyOn(String.prototype, 'charCodeAt');
    onTestFinished(() => looks.mockRestore());
    const looksAt = (letters: number, typed: number) => {
      looks.mockClear();
      expect(
        new FuzzyPattern('a'.repeat(typed), { isCaseSensitive: false }).score('a'.repeat(letters)),
      ).toBeDefined();
      return looks.mock.calls.length;
    };
    const few = looksAt(100, 10);
    expect(few).toBeGreaterThan(0);
    expect(looksAt(200, 10)).toBeLessThanOrEqual(2 * few);
    expect(looksAt(100, 20)).toBeLessThanOrEqual(2 * few);
  });
});
