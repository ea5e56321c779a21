import { describe, expect, it } from 'vitest';
import { choiceOf, idleChoices, secondsOf } from './idle-choices.ts';

describe('idleChoices', () => {
  it('offers the platform default, some times and never', () => {
    expect(idleChoices(null).map(({ label }) => label)).toEqual([
      'Platform default',
      'After 30 minutes',
      'After 1 hour',
      'After 2 hours',
      'After 4 hours',
      'After 8 hours',
      'After 24 hours',
      'Never',
    ]);
  });

  it('keeps what was set elsewhere, and reads back what it offers', () => {
    expect(idleChoices(90)[1]).toEqual({ value: '90', label: 'After 90 seconds' });
    for (const seconds of [null, 0, 1_800, 90]) expect(secondsOf(choiceOf(seconds))).toBe(seconds);
  });
});
