import { expect, it } from 'vitest';
import { timeOutside } from './timed-proxy.ts';

it('counts what lies in no interval, once where they overlap', () => {
  const intervals = [
    { start: 4, end: 6 },
    { start: -5, end: 1 },
    { start: 5, end: 7 },
    { start: 9, end: 20 },
    { start: 30, end: 40 },
  ];
  expect(timeOutside({ start: 0, end: 10 }, intervals)).toBe(3 + 2);
  expect(timeOutside({ start: 21, end: 29 }, intervals)).toBe(8);
});
