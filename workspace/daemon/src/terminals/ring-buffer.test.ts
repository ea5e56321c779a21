import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 60_000 }), { maxLength: 30 });

it('gives back any part that it holds, exactly, however it was written', () => {
  fc.assert(
    fc.property(
      chunks,
      fc.integer({ min: 1, max: 100_000 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (parts, maxBytes, dice) => {
        const ring = new RingBuffer(maxBytes);
        const whole = Buffer.concat(parts);
        for (const part of parts) ring.append(Buffer.from(part));
        expect(ring.end).toBe(whole.length);
        expect(ring.start).toBeGreaterThanOrEqual(0);
        expect(ring.end - ring.start).toBeLessThanOrEqual(maxBytes);
        // At least the limit is held, once that much was written.
        expect(ring.end - ring.start).toBe(Math.min(whole.length, ring.end - ring.start));
        if (whole.length >= maxBytes) expect(ring.end - ring.start).toBe(maxBytes);
        else expect(ring.start).toBe(0);
        const offset = ring.start + Math.floor(dice.next().value * (ring.end - ring.start));
        const length = Math.floor(dice.next().value * 70_000);
        expect(ring.read(offset, length).equals(whole.subarray(offset, offset + length))).toBe(true);
      },
    ),
  );
});

it('replays from any offset in pieces of any size to the same bytes', () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 9_000 }), (parts, pieceBytes) => {
      const ring = new RingBuffer(65_536);
      for (const part of parts) ring.append(Buffer.from(part));
      const pieces: Buffer[] = [];
      for (let at = ring.start; at < ring.end; at += pieces.at(-1)?.length ?? 0)
        pieces.push(ring.read(at, pieceBytes));
      expect(Buffer.concat(pieces).equals(Buffer.concat(parts).subarray(ring.start))).toBe(true);
    }),
  );
});

it('gives copies, which later output does not change', () => {
  const ring = new RingBuffer(4);
  ring.append(Buffer.from('abcd'));
  const copy = ring.read(0, 4);
  ring.append(Buffer.from('efgh'));
  expect(copy.toString()).toBe('abcd');
  expect(() => ring.read(0, 1)).toThrow(RangeError);
  expect(() => ring.read(9, 1)).toThrow(RangeError);
});
