import { describe, expect, it } from 'vitest';
import { codeAt, findStepOfCode } from './totp.ts';

/** Of RFC 6238, appendix B, whose codes have two digits more. */
const SECRET = '12345678901234567890';
const STEP_MS = 30_000;

describe('codes of an authenticator app', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('at second %i of the standard’s examples', (seconds, code) => {
    expect(codeAt(SECRET, seconds * 1000)).toBe(code);
  });

  it('are good one step before and after their own, and then no more', () => {
    const now = 1_700_000_000_000;
    const step = Math.floor(now / STEP_MS);
    const code = codeAt(SECRET, now);
    for (const offset of [-1, 0, 1]) expect(findStepOfCode(SECRET, code, now + offset * STEP_MS)).toBe(step);
    for (const offset of [-2, 2])
      expect(findStepOfCode(SECRET, code, now + offset * STEP_MS)).toBeUndefined();
  });

  it.each(['', '28708', '2870820', '28708x', '٢٨٧٠٨٢'])('are six digits, not %j', (code) => {
    expect(findStepOfCode(SECRET, code, 59_000)).toBeUndefined();
  });
});
