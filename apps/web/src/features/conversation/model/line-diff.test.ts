import { describe, expect, it } from 'vitest';
import { countChanges, type DiffLine, diffLines } from './line-diff.ts';

const SIGNS = { same: ' ', added: '+', removed: '-' } as const;
const show = (lines: readonly DiffLine[]) =>
  lines.map((line) => (line.kind === 'gap' ? `@${line.lines}` : SIGNS[line.kind] + line.text));

describe('diffLines', () => {
  it('shows a changed line as removed and added', () => {
    const lines = diffLines('a\nb\nc\n', 'a\nB\nc\n');
    expect(show(lines)).toEqual([' a', '-b', '+B', ' c']);
    expect(countChanges(lines)).toEqual({ added: 1, removed: 1 });
  });

  it('numbers lines from 1 on their own side', () => {
    expect(diffLines('a\nb\n', 'x\na\nb\n')).toEqual([
      { kind: 'added', text: 'x', after: 1 },
      { kind: 'same', text: 'a', before: 1, after: 2 },
      { kind: 'same', text: 'b', before: 2, after: 3 },
    ]);
  });

  it('leaves out what is far from every change', () => {
    const old = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const lines = show(diffLines(old.join('\n'), old.with(10, 'new').join('\n')));
    expect(lines).toEqual([
      '@7',
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+new',
      ' line 11',
      ' line 12',
      ' line 13',
      '@6',
    ]);
  });

  it('finds the common lines between two changes', () => {
    expect(show(diffLines('a\nb\nc\nd\n', 'a\nX\nc\nY\n'))).toEqual([' a', '-b', '+X', ' c', '-d', '+Y']);
  });

  it('shows a new file as added and an emptied one as removed', () => {
    expect(show(diffLines('', 'a\nb\n'))).toEqual(['+a', '+b']);
    expect(show(diffLines('a\n', ''))).toEqual(['-a']);
  });

  it('has nothing to show for equal texts', () => {
    expect(countChanges(diffLines('a\nb', 'a\nb'))).toEqual({ added: 0, removed: 0 });
  });

  it('stays fast on texts that have nothing in common', () => {
    const old = Array.from({ length: 5_000 }, (_, index) => `old ${index}`).join('\n');
    const now = Array.from({ length: 5_000 }, (_, index) => `new ${index}`).join('\n');
    expect(countChanges(diffLines(old, now))).toEqual({ added: 5_000, removed: 5_000 });
  });
});
