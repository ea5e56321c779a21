import { expect, it } from 'vitest';
import { daysOf, rangeOf } from './periods.ts';

const NOW = new Date('2026-03-02T00:30:00Z');

it('are whole UTC days', () => {
  expect(rangeOf('this_month', NOW)).toEqual({ from: '2026-03-01', to: '2026-03-02' });
  expect(rangeOf('last_month', NOW)).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  expect(rangeOf('last_month', new Date('2026-01-31T12:00:00Z'))).toEqual({
    from: '2025-12-01',
    to: '2025-12-31',
  });
  expect(rangeOf('last_90_days', NOW)).toEqual({ from: '2025-12-03', to: '2026-03-02' });
});

it('have every day, the first and the last as well', () => {
  expect(daysOf({ from: '2026-02-27', to: '2026-03-02' })).toEqual([
    '2026-02-27',
    '2026-02-28',
    '2026-03-01',
    '2026-03-02',
  ]);
  expect(daysOf(rangeOf('last_90_days', NOW))).toHaveLength(90);
});
