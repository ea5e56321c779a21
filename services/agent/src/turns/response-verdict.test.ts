import { describe, expect, it } from 'vitest';
import { faultOf, type ResponseFacts } from './response-verdict.ts';

const WHOLE: ResponseFacts = {
  outcome: 'whole',
  finishReason: 'stop',
  isEmpty: false,
  callCount: 0,
  followsResults: false,
};
const fault = (facts: Partial<ResponseFacts>) => faultOf({ ...WHOLE, ...facts })?.detail;

describe('a response', () => {
  it('is kept when it says or calls something, also when it was cut', () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ outcome: 'truncated', finishReason: 'length' })).toBeUndefined();
    expect(fault({ outcome: 'truncated', callCount: 2 })).toBeUndefined();
  });

  it('that is empty ends a turn whose tools have done it all, and is asked for again otherwise', () => {
    expect(fault({ isEmpty: true, followsResults: true })).toBeUndefined();
    expect(fault({ isEmpty: true })).toMatchObject({ canRetry: true, maxAttempts: 3 });
  });

  it('that was cut before it began is not asked for again unchanged', () => {
    expect(fault({ outcome: 'truncated', finishReason: 'length', isEmpty: true })).toMatchObject({
      canRetry: false,
      message: expect.stringContaining('longest response'),
    });
  });

  it('that was withheld is not asked for again, and none of its calls run', () => {
    const refused = { outcome: 'refused', finishReason: 'SAFETY' } as const;
    expect(fault({ ...refused, isEmpty: true })?.message).toContain('withheld its response (SAFETY)');
    expect(fault({ ...refused, callCount: 1 })).toMatchObject({
      canRetry: false,
      message: expect.stringContaining('the rest of its response'),
    });
  });

  it('with calls beyond all bounds is asked for again', () => {
    expect(fault({ callCount: 256 })).toBeUndefined();
    expect(fault({ callCount: 257 })).toMatchObject({ canRetry: true });
  });
});
