import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { IgnoreRules } from './ignore-rules.ts';

function ignores(text: string, path: string, { isFolder = false } = {}): boolean {
  return IgnoreRules.none.with('', text).ignores(path, path.slice(path.lastIndexOf('/') + 1), isFolder);
}

describe('IgnoreRules', () => {
  it.each([
    ['dist', 'dist', true],
    ['dist', 'a/dist', true],
    ['dist', 'dist2', false],
    ['/dist', 'a/dist', false],
    ['/dist', 'dist', true],
    ['*.log', 'a/b/c.log', true],
    ['*.log', 'c.logs', false],
    ['a/*.log', 'a/c.log', true],
    ['a/*.log', 'a/b/c.log', false],
    ['a/*.log', 'b/a/c.log', false],
    ['**/target', 'target', true],
    ['**/target', 'a/b/target', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'b', false],
    ['file?.txt', 'file1.txt', true],
    ['file?.txt', 'file12.txt', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'dx', true],
    ['# comment', '# comment', false],
    ['\\#name', '#name', true],
    ['trailing  ', 'trailing', true],
    ['*.log\n!keep.log', 'keep.log', false],
    ['*.log\n!keep.log', 'other.log', true],
    ['a+b(c).$', 'a+b(c).$', true],
    ['x*y*z*\r', 'x1y2z3', true],
  ])('%j on %s: %s', (text, path, expected) => {
    expect(ignores(text, path)).toBe(expected);
  });

  it('takes a pattern with a slash at its end for folders alone', () => {
    expect(ignores('out/', 'out', { isFolder: true })).toBe(true);
    expect(ignores('out/', 'out')).toBe(false);
  });

  it('lets a deeper file overrule one above', () => {
    const above = IgnoreRules.none.with('', '*.log');
    const rules = above.with('a', '!*.log\n/b');
    expect(above.ignores('x.log', 'x.log', false)).toBe(true);
    expect(rules.ignores('a/x.log', 'x.log', false)).toBe(false);
    expect(rules.ignores('a/b', 'b', false)).toBe(true);
  });

  it('looks at each place once for each part of a pattern, however many stars there are', () => {
    const [stars, letters] = [400, 250];
    const looks = vi.spyOn(String.prototype, 'startsWith');
    onTestFinished(() => looks.mockRestore());
    expect(ignores(`${'*a'.repeat(stars)}b`, 'a'.repeat(letters))).toBe(false);
    // Some of the pattern itself, while it is read.
    expect(looks.mock.calls.length).toBeLessThan((stars + 1) * (letters + 1) + 10 * stars);
  });
});
