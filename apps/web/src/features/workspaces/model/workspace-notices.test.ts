import { describe, expect, it } from 'vitest';
import { hasNotices, isStoppingSoon } from './workspace-notices.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const quiet = (usedSecondsAgo: number, stopsInSeconds: number | null) => ({
  reason: null,
  setup: null,
  daemon_update: null,
  status: 'running' as const,
  desired_status: 'running' as const,
  last_active_at: at(-usedSecondsAgo),
  stops_at: stopsInSeconds === null ? null : at(stopsInSeconds),
});

describe('isStoppingSoon', () => {
  it.each([
    ['two hours, four minutes left', 6960, 240, true],
    ['two hours, six minutes left', 6840, 360, false],
    ['a minute, half of it left', 30, 30, true],
    ['a minute, just used', 5, 55, false],
    ['never', 100_000, null, false],
  ])('%s', (_name, used, left, expected) => {
    expect(isStoppingSoon(quiet(used, left), NOW)).toBe(expected);
    expect(hasNotices(quiet(used, left), NOW)).toBe(expected);
  });

  it.each(['at_next_start', 'needs_rebuild'] as const)('says that an update is due: %s', (update) => {
    expect(hasNotices(quiet(5, null), NOW)).toBe(false);
    expect(hasNotices({ ...quiet(5, null), daemon_update: update }, NOW)).toBe(true);
  });

  it('is not said of one that is being stopped already', () => {
    expect(isStoppingSoon({ ...quiet(6960, 240), desired_status: 'stopped' }, NOW)).toBe(false);
  });
});
