import { describe, expect, it } from 'vitest';
import { compareFile } from './file-diff.ts';

function count(before: string | null, after: string) {
  const { added, removed } = compareFile({ path: '/a.txt', before, after });
  return { added, removed };
}

describe('compareFile', () => {
  it('counts a changed line as removed and added', () => {
    expect(count('a\nb\nc\n', 'a\nB\nc\n')).toEqual({ added: 1, removed: 1 });
    expect(count('a\nb\nc\nd\n', 'a\nX\nc\nY\n')).toEqual({ added: 2, removed: 2 });
  });

  it('counts the lines of a new file and of an emptied one', () => {
    expect(count(null, 'a\nb\n')).toEqual({ added: 2, removed: 0 });
    expect(count('', 'a\nb')).toEqual({ added: 2, removed: 0 });
    expect(count('a\n', '')).toEqual({ added: 0, removed: 1 });
  });

  it('counts lines added and removed at the end', () => {
    expect(count('a\n', 'a\nb\n\n')).toEqual({ added: 2, removed: 0 });
    expect(count('a\nb\nc', 'a\n')).toEqual({ added: 0, removed: 2 });
  });

  it('has nothing to show for equal texts', () => {
    expect(count('a\nb', 'a\nb')).toEqual({ added: 0, removed: 0 });
  });

  it('sees a change of the line ends alone', () => {
    expect(count('a\r\nb\r\n', 'a\nb\n')).toEqual({ added: 2, removed: 2 });
  });

  it('stays fast on texts that have nothing in common', () => {
    const old = Array.from({ length: 5_000 }, (_, index) => `old ${index}`).join('\n');
    const now = Array.from({ length: 5_000 }, (_, index) => `new ${index}`).join('\n');
    const startedAt = performance.now();
    expect(count(old, now)).toEqual({ added: 5_000, removed: 5_000 });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
