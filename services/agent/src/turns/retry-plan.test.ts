import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, retryPauseMs } from './retry-plan.ts';

const failed = { code: 'model_failed', message: 'x', canRetry: true } as const;

describe('retryPauseMs', () => {
  it('is longer each time, a bounded number of times', () => {
    expect(retryPauseMs(failed, 0)).toBeLessThanOrEqual(1000);
    expect(retryPauseMs(failed, 3)).toBeGreaterThanOrEqual(4000);
    expect(retryPauseMs(failed, MAX_ATTEMPTS - 1)).toBeUndefined();
    expect(retryPauseMs({ ...failed, canRetry: false }, 0)).toBeUndefined();
  });

  it('is what the provider wishes, within reason', () => {
    expect(retryPauseMs({ ...failed, retryAfterMs: 7000 }, 0)).toBe(7000);
    expect(retryPauseMs({ ...failed, retryAfterMs: 3_600_000 }, 0)).toBeUndefined();
  });

  it('is nothing for a prompt that is too long', () => {
    expect(retryPauseMs({ ...failed, canRetry: false, isTooLong: true }, 0)).toBe(0);
  });
});
