import { PodexError } from '@podex/contracts/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replaceText } from './replace-text.ts';

function replace(content: string | Buffer, oldText: string, newText: string, replaceAll = false): string {
  const edit = { path: 'f', old_text: oldText, new_text: newText, replace_all: replaceAll };
  return replaceText(Buffer.from(content), edit).content.toString('latin1');
}

it('changes nothing but the passage', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.string(), (before, after, replacement) => {
      const mark = 'THE-MARK';
      const content = Buffer.concat([before, Buffer.from(mark), after]);
      const { content: changed } = replaceText(content, {
        path: 'f',
        old_text: mark,
        // Without line ends, which follow those of the file.
        new_text: replacement.replace(/[\r\n]/g, ''),
        replace_all: false,
      });
      const inserted = Buffer.from(replacement.replace(/[\r\n]/g, ''));
      expect(changed.equals(Buffer.concat([before, inserted, after]))).toBe(true);
    }),
  );
});

describe('line ends', () => {
  it('stay those of a file that has CRLF throughout', () => {
    expect(replace('a\r\nb\r\n', 'a\nb', 'c\nd')).toBe('c\r\nd\r\n');
    expect(replace('a\r\n', 'a', 'b\nc')).toBe('b\r\nc\r\n');
    expect(replace('a\r\nb\r\n', 'a\r\nb', 'c\r\nd')).toBe('c\r\nd\r\n');
  });

  it('are taken as given where the file has LF, or both', () => {
    expect(replace('a\nb\n', 'a\nb', 'c\nd')).toBe('c\nd\n');
    expect(replace('a\r\nb\n', 'b', 'c\nd')).toBe('a\r\nc\nd\n');
    expect(() => replace('a\r\nb\nc', 'a\nb', 'x')).toThrow(PodexError);
  });
});

it('replaces all only when told to, without overlaps', () => {
  expect(() => replace('aaa', 'a', 'b')).toThrow('3 times');
  expect(replace('aaa', 'a', 'b', true)).toBe('bbb');
  expect(replace('aaa', 'aa', 'b', true)).toBe('ba');
});
