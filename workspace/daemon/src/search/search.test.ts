import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatcher } from './globs.ts';
import { GuardedPattern } from './guarded-pattern.ts';
import { readLines } from './line-reader.ts';

async function lines(parts: readonly Uint8Array[], maxLineBytes = 1_000): Promise<string[]> {
  const source = Readable.from(parts.map((part) => Buffer.from(part)));
  const found: string[] = [];
  for await (const line of readLines(source, { separator: 0x0a, maxLineBytes }))
    found.push(line.toString('utf8'));
  return found;
}

describe('lines', () => {
  it('are the same however the stream was cut', async () => {
    const piece = fc.constantFrom('\n', 'a', 'bcd', 'ä', '');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const text = pieces.join('');
        const whole = text.split('\n');
        if (whole.at(-1) === '') whole.pop();
        expect(await lines(pieces.map((part) => Buffer.from(part)))).toEqual(whole);
      }),
    );
  });

  it('that are too long are passed over', async () => {
    expect(await lines([Buffer.from('ab\nabcdefgh'), Buffer.from('ij\ncd')], 5)).toEqual(['ab', 'cd']);
  });
});

describe('a glob', () => {
  it.each([
    ['*.ts', 'src/deep/file.ts', true],
    ['*.ts', 'src/file.tsx', false],
    ['src/**/*.ts', 'src/deep/er/file.ts', true],
    ['src/*.ts', 'src/deep/file.ts', false],
    ['/src/*.ts', 'src/file.ts', true],
    ['!*.md', 'readme.md', false],
    ['!*.md', 'file.ts', true],
    [undefined, 'anything', true],
  ])('%s takes in %s: %s', (glob, file, isTaken) => {
    expect(globMatcher(glob === undefined ? [] : [glob])(file)).toBe(isTaken);
  });
});

it('a name is matched by its path, as text unless said otherwise', () => {
  const match = (text: string, isRegex = false) =>
    new GuardedPattern({ text, isRegex, isCaseSensitive: false, isWholeWord: false }).test(['src/Main.ts'])
      ?.length === 1;
  expect(match('src/main')).toBe(true);
  expect(match('m.in')).toBe(false);
  expect(match('m.in', true)).toBe(true);
  expect(() => match('(', true)).toThrow('not valid');
});
