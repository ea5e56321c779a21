import { describe, expect, it } from 'vitest';
import { CodeBuffer } from './code-buffer.ts';
import { decodeText } from './file-text.ts';

function open(text: string) {
  const file = decodeText(new TextEncoder().encode(text));
  if (file === undefined) throw new Error('not text');
  const states: boolean[] = [];
  const buffer = new CodeBuffer('/a.txt', file, (isDirty) => states.push(isDirty));
  return { buffer, states };
}

describe('CodeBuffer', () => {
  it('gives back the bytes that it was given, however their lines end', () => {
    for (const text of ['a\nb\n', 'a\r\nb\r\n', 'a\r\nb\nc\rd', '\ufeffa\r\n', '', '\n\r\n']) {
      expect(open(text).buffer.snapshot().text).toBe(text);
    }
  });

  it('takes the text from disk and is clean then', () => {
    const { buffer, states } = open('one\r\ntwo\r\n');
    buffer.replace({ text: 'one\r\n2\r\nthree\r\n', lineSeparator: '\r\n' });
    expect(buffer.snapshot().text).toBe('one\r\n2\r\nthree\r\n');
    expect(states.at(-1) ?? false).toBe(false);
  });

  it('takes a place that the text has not for the nearest that it has', () => {
    const { buffer, states } = open('one\r\ntwo\r\n');
    for (const place of [
      { line: 99, column: 1 },
      { line: 2, column: 99 },
      { line: 0, column: 0 },
    ]) {
      buffer.reveal(place);
    }
    expect([buffer.snapshot().text, states]).toEqual(['one\r\ntwo\r\n', []]);
  });

  it('follows a file whose line ends changed', () => {
    const { buffer, states } = open('one\r\ntwo\r\n');
    buffer.replace({ text: 'one\ntwo\nthree\n', lineSeparator: '\n' });
    expect(buffer.snapshot().text).toBe('one\ntwo\nthree\n');
    expect(states.at(-1) ?? false).toBe(false);
  });
});
