import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FailedCall, FallbackModel } from './fallback-model.ts';

const overloaded = { code: 'model_failed', message: 'Overloaded.', canRetry: true } as const;
const failed = (rest: Partial<FailedCall> = {}): FailedCall => ({
  model: 'a/first',
  detail: overloaded,
  attempt: 1,
  pauseMs: 2000,
  ...rest,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the fallback model', () => {
  it('is asked from the second failure on, or before a long pause', () => {
    const fallback = new FallbackModel('b/second');
    expect(fallback.replaces(failed({ attempt: 0 }))).toBe(false);
    expect(fallback.replaces(failed({ attempt: 0, pauseMs: 60_000 }))).toBe(true);
    expect(fallback.replaces(failed())).toBe(true);
  });

  it('is asked at once for a minute after that, in place of this model alone', () => {
    const fallback = new FallbackModel('b/second');
    fallback.replaces(failed({ attempt: 0 }));
    expect(fallback.isAwayNow('a/first')).toBe(false);
    fallback.replaces(failed());
    expect([fallback.isAwayNow('a/first'), fallback.isAwayNow('a/other')]).toEqual([true, false]);
    vi.advanceTimersByTime(60_001);
    expect(fallback.isAwayNow('a/first')).toBe(false);
  });

  it('is not asked for what would fail there too, nor when there is none', () => {
    const fallback = new FallbackModel('b/second');
    expect(fallback.replaces(failed({ detail: { ...overloaded, canRetry: false } }))).toBe(false);
    expect(fallback.replaces(failed({ detail: { ...overloaded, isTooLong: true } }))).toBe(false);
    expect(fallback.isAwayNow('a/first')).toBe(false);
    expect(new FallbackModel(undefined).replaces(failed())).toBe(false);
  });
});
