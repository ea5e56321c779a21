import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputFrames } from './input-frames.ts';

const TEXT = 1;
const BINARY = 2;
const PONG = 10;

/** As a browser sends it: masked. */
function frame(opcode: number, length: number): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
        : Buffer.concat([
            Buffer.from([0x80 | opcode, 0x80 | 127, 0, 0, 0, 0]),
            Buffer.from(Uint32Array.of(length).buffer).reverse(),
          ]);
  return Buffer.concat([head, mask, Buffer.alloc(length, 0x82)]);
}

describe('InputFrames', () => {
  it('counts what is typed, and nothing else', () => {
    const frames = new InputFrames();
    expect(frames.see(frame(TEXT, 20))).toBe(false);
    expect(frames.see(frame(PONG, 0))).toBe(false);
    expect(frames.see(frame(BINARY, 1))).toBe(true);
    expect(frames.see(frame(TEXT, 70_000))).toBe(false);
    expect(frames.see(Buffer.concat([frame(TEXT, 300), frame(BINARY, 3)]))).toBe(true);
  });

  it('finds every binary frame wherever the chunks are cut', () => {
    const sent = fc.array(
      fc.record({
        opcode: fc.constantFrom(TEXT, BINARY, PONG),
        length: fc.constantFrom(0, 1, 125, 126, 400, 70_000),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(sent, fc.integer({ min: 1, max: 5000 }), (list, cut) => {
        const wire = Buffer.concat(list.map(({ opcode, length }) => frame(opcode, length)));
        const frames = new InputFrames();
        let hasInput = false;
        for (let offset = 0; offset < wire.length; offset += cut) {
          hasInput = frames.see(wire.subarray(offset, offset + cut)) || hasInput;
        }
        expect(hasInput).toBe(list.some(({ opcode }) => opcode === BINARY));
      }),
      { numRuns: 50 },
    );
  });
});
