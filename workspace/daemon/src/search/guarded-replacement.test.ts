import { describe, expect, it } from 'vitest';
import { GuardedReplacement, type ReplacePattern, type ReplaceWish } from './guarded-replacement.ts';

const LITERAL = { regex: false, case_sensitive: true, whole_word: false };
const REGEX = { ...LITERAL, regex: true };

function replace(text: string, pattern: ReplacePattern, wish: Partial<ReplaceWish> = {}) {
  const replaced = new GuardedReplacement(pattern).run(text, { limit: 100, isTextWanted: true, ...wish });
  return typeof replaced === 'string' ? replaced : replaced.text;
}

describe('replacing', () => {
  it('takes text as it is, every time it stands in a line', () => {
    expect(replace('a.b a.b axb', { ...LITERAL, q: 'a.b', replacement: '$& $1 \\n' })).toBe(
      '$& $1 \\n $& $1 \\n axb',
    );
    expect(
      replace('Foo foo food', {
        ...LITERAL,
        case_sensitive: false,
        whole_word: true,
        q: 'foo',
        replacement: 'x',
      }),
    ).toBe('x x food');
  });

  it.each([
    ['$2-$1', 'b-a!'],
    ['$<second>$&$0', 'babab!'],
    ['$$1 $3 $<none>', '$1 $3 !'],
    ['$10$22', 'a0b2!'],
    ['\\n\\t\\\\n', '\n\t\\n!'],
  ])('fills %s in with what groups matched', (replacement, expected) => {
    expect(replace('ab!', { ...REGEX, q: '(a)(?<second>b)', replacement })).toBe(expected);
  });

  it('gives nothing for a group that took no part', () => {
    expect(replace('b', { ...REGEX, q: '(a)?b', replacement: '[$1]' })).toBe('[]');
  });

  it('keeps line ends, and gives new lines those of their place', () => {
    const text = 'one\r\ntwo\nthree\r\n';
    expect(replace(text, { ...REGEX, q: '$', replacement: ';' })).toBe('one;\r\ntwo;\nthree;\r\n');
    expect(replace(text, { ...REGEX, q: 'e$', replacement: 'e\\n+' })).toBe(
      'one\r\n+\r\ntwo\nthree\r\n+\r\n',
    );
    expect(replace(text, { ...LITERAL, q: 'one\ntwo', replacement: 'x\ny' })).toBe('x\ny\nthree\r\n');
  });

  it('takes whole characters, and never half of one', () => {
    expect(replace('a😀b', { ...REGEX, q: '.', replacement: 'x' })).toBe('xxx');
    // Not to be read with whole characters because of `\-`.
    expect(replace('a😀b', { ...REGEX, q: '\\-|.', replacement: 'x' })).toBe('x😀x');
    expect(replace('😀', { ...REGEX, q: '', replacement: '-' })).toBe('-😀-');
  });

  it('replaces chosen matches alone, counted over all lines', () => {
    const pattern = { ...LITERAL, q: 'a', replacement: 'b' };
    expect(replace('a a\na', pattern, { only: [0, 2] })).toBe('b a\nb');
    const replaced = new GuardedReplacement(pattern).run('a a\na', { limit: 2, isTextWanted: false });
    expect(replaced).toEqual({
      count: 3,
      replacements: 3,
      text: null,
      changes: [
        { index: 0, line: 1, lineStart: 0, start: 0, end: 1, replacement: 'b' },
        { index: 1, line: 1, lineStart: 0, start: 2, end: 3, replacement: 'b' },
      ],
    });
  });

  it('gives up a pattern without an end, and a text that would be', () => {
    expect(replace(`${'a'.repeat(40)}b`, { ...REGEX, q: '(a+)+$', replacement: 'x' })).toBe('too_slow');
    const long = 'a'.repeat(1_000_000);
    expect(replace(long, { ...REGEX, q: '.+', replacement: '$&'.repeat(2_000) })).toBe('too_large');
  });

  it('says what is wrong with a pattern', () => {
    expect(() => replace('a', { ...REGEX, q: 'a(', replacement: '' })).toThrow(
      'The search pattern is not valid',
    );
  });
});
