import { describe, expect, it } from 'vitest';
import { nextInterruption } from './interruption.ts';

const NOW = new Date('2026-11-27T12:03:00Z');
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

describe('nextInterruption', () => {
  it('repairs the first at once, and each that soon follows after a longer pause', () => {
    const pauses = [0, 1, 2, 3, 4].map((interruptions) =>
      nextInterruption({ interruptions, interrupted_at: interruptions === 0 ? null : minutesAgo(1) }, NOW),
    );
    expect(pauses).toEqual([
      { count: 1, pauseMs: 0 },
      { count: 2, pauseMs: 2_000 },
      { count: 3, pauseMs: 4_000 },
      { count: 4, pauseMs: 8_000 },
      { count: 5, pauseMs: 16_000 },
    ]);
  });

  it('forgets those of long ago', () => {
    expect(nextInterruption({ interruptions: 5, interrupted_at: minutesAgo(11) }, NOW)).toEqual({
      count: 1,
      pauseMs: 0,
    });
  });

  it('does not pause when it is the last', () => {
    expect(nextInterruption({ interruptions: 5, interrupted_at: minutesAgo(1) }, NOW)).toEqual({
      count: 6,
      pauseMs: 0,
    });
  });
});
