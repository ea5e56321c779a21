import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replaceText } from './replace-text.ts';

const LIMITS = { maxBytes: 1_000_000 };

function replace(content: string | Buffer, oldText: string, newText: string, replaceAll = false): string {
  const edit = { path: 'f', old_text: oldText, new_text: newText, replace_all: replaceAll };
  return replaceText(Buffer.from(content), edit, LIMITS).content.toString('latin1');
}

it('changes nothing but the passage', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.string(), (before, after, replacement) => {
      const mark = 'THE-MARK';
      const content = Buffer.concat([before, Buffer.from(mark), after]);
      // Without line ends, which follow those of the file.
      const text = replacement.replace(/[\r\n]/g, '');
      const edit = { path: 'f', old_text: mark, new_text: text, replace_all: false };
      const { content: changed } = replaceText(content, edit, LIMITS);
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
    expect(replace('a\r\nb\r\n', 'b\n', '')).toBe('a\r\n');
  });

  it('stay LF in a file of LF, whatever the passage was given with', () => {
    expect(replace('a\nb\n', 'a\nb', 'c\nd')).toBe('c\nd\n');
    expect(replace('a\nb\n', 'a\r\nb', 'c\nd')).toBe('c\nd\n');
  });

  it('follow the passage where the file has both', () => {
    expect(replace('a\r\nb\nc', 'a\nb', 'x\ny')).toBe('x\r\ny\nc');
    expect(replace('a\r\nb\n', 'b', 'c\nd')).toBe('a\r\nc\nd\n');
    expect(replace('a\nb\r\n', 'b', 'c\nd')).toBe('a\nc\r\nd\r\n');
    // Lines that stay keep their own, new ones between them get the usual.
    expect(replace('a\nb\r\nc\r\nd\ne', 'a\nb\nc\nd\ne', 'a\nb\nnew\nc\nd\ne')).toBe(
      'a\nb\r\nnew\nc\r\nd\ne',
    );
    expect(replace('x\ny\nx\r\ny', 'x\ny', 'x\nz', true)).toBe('x\nz\nx\r\nz');
  });

  it('make no passage unique that is there twice', () => {
    expect(() => replace('a\nb a\r\nb', 'a\nb', 'x')).toThrow('2 times');
  });

  it('are changed by an edit that changes nothing else', () => {
    expect(replace('a\r\nb\r\n', '\r\n', '\n', true)).toBe('a\nb\n');
    expect(replace('a\nb\n', 'a\nb', 'a\r\nb')).toBe('a\r\nb\n');
  });

  it('are those of the same edit in a file of LF, turned into CRLF', () => {
    const line = fc.constantFrom('a', 'b', '', 'ä ', '\t');
    const lines = fc.array(line, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lines, lines, lines, (before, passage, replacement) => {
        const [start, old, now] = [before, passage, replacement].map((part) => part.join('\n'));
        const content = `${start}\nX${old}X\nend\n`;
        const edit = { path: 'f', old_text: `X${old}X`, new_text: `${now}!`, replace_all: false };
        const lf = replaceText(Buffer.from(content), edit, LIMITS).content.toString();
        const crlf = replaceText(
          Buffer.from(content.replaceAll('\n', '\r\n')),
          edit,
          LIMITS,
        ).content.toString();
        expect(crlf).toBe(lf.replaceAll('\n', '\r\n'));
      }),
    );
  });
});

it('replaces all only when told to, without overlaps', () => {
  expect(() => replace('aaa', 'a', 'b')).toThrow('3 times');
  expect(replace('aaa', 'a', 'b', true)).toBe('bbb');
  expect(replace('aaa', 'aa', 'b', true)).toBe('ba');
});

it('never makes a file larger than can be edited', () => {
  expect(() => replace('a'.repeat(1_000), 'a', 'b'.repeat(2_000), true)).toThrow('larger than 1000000 bytes');
});
