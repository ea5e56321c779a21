import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { collectStartGarbage } from './start-garbage.ts';

const LEFT = 300_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('what a start has left is collected, and nobody else is given the means', () => {
  const heapBytes = () => process.memoryUsage().heapUsed;
  let left: string[][] | undefined = Array.from({ length: LEFT }, (_, index) => [`left ${index}`]);
  expect(left).toHaveLength(LEFT);
  const before = heapBytes();
  left = undefined;
  collectStartGarbage();
  expect(heapBytes()).toBeGreaterThan(before - LEFT);
  vi.advanceTimersByTime(60_000);
  expect(heapBytes()).toBeLessThan(before - 20 * LEFT);
  expect('gc' in globalThis).toBe(false);
});
