import { describe, expect, it } from 'vitest';
import { nearestPassage } from './nearest-passage.ts';

const TEXT = 'import a\n\nfunction f() {\n\treturn 1;\n}\n\nfunction g() {\n\treturn 2;\n}\n';

describe('the nearest passage', () => {
  it('is the one whose lines are equal but for spaces, with the first difference', () => {
    expect(nearestPassage(TEXT, 'function g() {\n    return 2;\n}')).toBe(
      'The most similar lines 7 to 9 are:\n7\tfunction g() {\n8\t\treturn 2;\n9\t}\nAt line 8 the file has "\\treturn 2;", and old_text has "    return 2;".',
    );
  });

  it('is the line that is most like it where none is equal', () => {
    expect(nearestPassage(TEXT, 'function h() {')).toContain(
      'The most similar line 3 is:\n3\tfunction f() {',
    );
  });

  it('is not named where nothing is like it, and is bounded', () => {
    expect(nearestPassage(TEXT, 'class Elephant')).toBeUndefined();
    expect(nearestPassage('', 'x')).toBeUndefined();
    const long = Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(1_000)}`);
    const told = nearestPassage(long.join('\n'), long.map((line) => ` ${line}`).join('\n')) ?? '';
    expect(told.length).toBeGreaterThan(5_000);
    expect(told.length).toBeLessThan(8_000);
  });

  it('of a large file is found within 2 s', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `const value${index} = compute(${index});`);
    lines.push('export function rememberedChoice() {');
    const from = performance.now();
    expect(nearestPassage(lines.slice(1).join('\n'), 'export function rememberChoice() {')).toContain(
      'line 20000 is',
    );
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});
