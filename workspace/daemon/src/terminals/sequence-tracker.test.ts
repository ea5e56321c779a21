import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceTracker } from './sequence-tracker.ts';

function unfinishedAfter(...parts: (string | Buffer)[]): string {
  const tracker = new SequenceTracker();
  for (const part of parts) tracker.feed(Buffer.from(part));
  return tracker.unfinished.toString('latin1');
}

describe('a stream that stands', () => {
  it('between characters and sequences has nothing unfinished', () => {
    for (const text of [
      '',
      'text',
      '\x1b[31m',
      'ä',
      '\x1b]0;title\x07',
      '\x1bP1$r\x1b\\',
      '\x1b(0',
      '\x1b[31m text',
    ]) {
      expect(unfinishedAfter(text)).toBe('');
    }
  });

  it('in the middle of one has its bytes', () => {
    expect(unfinishedAfter('text \x1b')).toBe('\x1b');
    expect(unfinishedAfter('\x1b[0m\x1b[38;5', ';1')).toBe('\x1b[38;5;1');
    expect(unfinishedAfter('\x1b]2;ti', 'tle')).toBe('\x1b]2;title');
    expect(unfinishedAfter('\x1b]2;title\x1b')).toBe('\x1b');
    expect(unfinishedAfter('\x1bPq#0', '\x07more')).toBe('\x1bPq#0\x07more');
    expect(unfinishedAfter(Buffer.from([0x61, 0xe2, 0x82]))).toBe('\xe2\x82');
    expect(unfinishedAfter(Buffer.from([0xf0]), Buffer.from([0x9f, 0x98]))).toBe('\xf0\x9f\x98');
  });

  it('in a cancelled one has nothing', () => {
    expect(unfinishedAfter('\x1b[31\x18')).toBe('');
    expect(unfinishedAfter('\x1b]2;ti\x1atext')).toBe('');
  });

  it('in an endless one keeps what introduces it', () => {
    expect(unfinishedAfter(`\x1bP${'x'.repeat(10_000)}`)).toBe('\x1bP');
  });
});

it('knows the same however the stream was cut', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\x1b',
      '\x1b[',
      '\x1b]2;',
      '\x1bP',
      '\x07',
      '\x1b\\',
      '\x18',
      'm',
      '31;',
      'ä€😀',
      '\x1b(',
      'text',
    ),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.nat(60), { maxLength: 8 }),
      (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const places = [
          0,
          ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ];
        const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(unfinishedAfter(...parts)).toBe(unfinishedAfter(bytes));
      },
    ),
    { numRuns: 2_000 },
  );
});
