import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, planRetry } from './retry-plan.ts';

const failed = { code: 'model_failed', message: 'x', canRetry: true } as const;

describe('planRetry', () => {
  it('waits longer each time, a bounded number of times', () => {
    expect(planRetry(failed, 0, 1000)?.pauseMs).toBeLessThanOrEqual(1000);
    expect(planRetry(failed, 3, 1000)?.pauseMs).toBeGreaterThanOrEqual(4000);
    expect(planRetry(failed, MAX_ATTEMPTS - 1, 1000)).toBeUndefined();
    expect(planRetry({ ...failed, canRetry: false }, 0, 1000)).toBeUndefined();
  });

  it('does as the provider wishes, within reason', () => {
    expect(planRetry({ ...failed, retryAfterMs: 7000 }, 0, 1000)?.pauseMs).toBe(7000);
    expect(planRetry({ ...failed, retryAfterMs: 3_600_000 }, 0, 1000)).toBeUndefined();
  });

  it('halves a prompt that is too long, down to a bound', () => {
    const tooLong = { ...failed, canRetry: false, isTooLong: true };
    expect(planRetry(tooLong, 0, 400_000)).toEqual({ pauseMs: 0, maxPromptCharacters: 200_000 });
    expect(planRetry(tooLong, 0, 40_000)).toBeUndefined();
  });
});
