import { describe, expect, it } from 'vitest';
import { type CallEnding, CircuitBreaker } from './circuit-breaker.ts';

/** Above the longest pause. */
const LATER_MS = 31_000;

function breakerAt(): { breaker: CircuitBreaker; clock: { nowMs: number }; openings: () => number } {
  const clock = { nowMs: 1_000_000 };
  const breaker = new CircuitBreaker(() => clock.nowMs);
  let openings = 0;
  breaker.onOpen = () => {
    openings += 1;
  };
  return { breaker, clock, openings: () => openings };
}

function call(breaker: CircuitBreaker, ending: CallEnding, about?: string): 'made' | 'held back' {
  const passage = breaker.enter();
  if (passage === undefined) return 'held back';
  breaker.leave(passage, ending, about);
  return 'made';
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let done = 0; done < times; done += 1) call(breaker, 'failed');
}

describe('CircuitBreaker', () => {
  it('holds calls back after five that failed within a minute, and not after four', () => {
    const { breaker, openings } = breakerAt();
    fail(breaker, 4);
    expect(breaker.state).toBe('closed');
    fail(breaker, 1);
    expect(breaker.state).toBe('open');
    expect(openings()).toBe(1);
    expect(call(breaker, 'responded')).toBe('held back');
    expect(breaker.retryAfterMs).toBeGreaterThan(0);
  });

  it('counts no failure that is older than a minute', () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 4);
    clock.nowMs += 61_000;
    fail(breaker, 4);
    expect(breaker.state).toBe('closed');
  });

  it('is not opened by one container, however often it hangs', () => {
    const { breaker } = breakerAt();
    for (let done = 0; done < 100; done += 1) call(breaker, 'failed', 'a-container');
    expect(breaker.state).toBe('closed');
  });

  it('lets one call at a time through after its pause, and all once that got a response', () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 5);
    clock.nowMs += LATER_MS;
    expect(breaker.state).toBe('half_open');
    const probe = breaker.enter();
    expect(probe?.isProbe).toBe(true);
    expect(breaker.enter()).toBeUndefined();
    if (probe !== undefined) breaker.leave(probe, 'responded');
    expect(breaker.state).toBe('closed');
    expect(call(breaker, 'responded')).toBe('made');
  });

  it('gives a probe that nobody waited for to the next', () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 5);
    clock.nowMs += LATER_MS;
    call(breaker, 'unknown');
    expect(breaker.state).toBe('half_open');
    expect(call(breaker, 'responded')).toBe('made');
    expect(breaker.state).toBe('closed');
  });

  it('pauses longer each time, never longer than half a minute, and not all in step', () => {
    const { breaker, clock } = breakerAt();
    const pauses: number[] = [];
    fail(breaker, 5);
    for (let done = 0; done < 12; done += 1) {
      pauses.push(breaker.retryAfterMs);
      clock.nowMs += LATER_MS;
      call(breaker, 'failed');
    }
    expect(pauses[0]).toBeLessThanOrEqual(1_000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
    expect(new Set(pauses.slice(-5)).size).toBeGreaterThan(1);
  });

  it('goes on with long pauses when it closes for a moment only', () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 5);
    for (let done = 0; done < 6; done += 1) {
      clock.nowMs += LATER_MS;
      call(breaker, 'failed');
    }
    clock.nowMs += LATER_MS;
    call(breaker, 'responded');
    fail(breaker, 5);
    expect(breaker.retryAfterMs).toBeGreaterThan(10_000);
    clock.nowMs += LATER_MS;
    call(breaker, 'responded');
    clock.nowMs += 120_000;
    fail(breaker, 5);
    expect(breaker.retryAfterMs).toBeLessThanOrEqual(1_000);
  });

  it('hears nothing from calls that began before it changed', () => {
    const { breaker, clock } = breakerAt();
    const early = Array.from({ length: 20 }, () => breaker.enter());
    fail(breaker, 5);
    clock.nowMs += LATER_MS;
    call(breaker, 'responded');
    for (const passage of early) if (passage !== undefined) breaker.leave(passage, 'failed');
    expect(breaker.state).toBe('closed');
  });
});
