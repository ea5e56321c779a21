import { describe, expect, it } from 'vitest';
import { shownLine, shownText } from './shown-text.ts';

describe('text on a terminal', () => {
  it.each([
    ['rm -rf /\u001b[2K\rls', 'rm -rf /␛[2K␍ls'],
    ['\u001b]52;c;aGk=\u0007', '␛]52;c;aGk=␇'],
    ['\u009b31m', '<U+009B>31m'],
    ['a\u202eb\u200bc', 'a<U+202E>b<U+200B>c'],
    ['del\u007f', 'del␡'],
    ['line\n\tnext naïve 汉字 👩‍💻', 'line\n\tnext naïve 汉字 👩‍💻'],
  ])('shows %j as %j', (text, shown) => {
    expect(shownText(text)).toBe(shown);
  });

  it('puts several lines on one', () => {
    expect(shownLine('Run: a\n  b\t c\n')).toBe('Run: a ⏎ b  c');
  });
});
