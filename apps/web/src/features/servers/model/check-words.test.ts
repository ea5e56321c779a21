import { describe, expect, it } from 'vitest';
import { outcomeOf, summaryOf } from './check-words.ts';

const passed = { name: 'engine', ok: true, detail: '' } as const;
const warning = { ...passed, warning: true };
const failed = { ...passed, ok: false };

describe('summaryOf', () => {
  it('counts each outcome and leaves out what there is none of', () => {
    expect(summaryOf([passed, passed])).toBe('2 passed');
    expect(summaryOf([passed, warning, failed, failed])).toBe('1 passed, 1 warning, 2 failed');
    expect(summaryOf([{ ...failed, warning: true }])).toBe('0 passed, 1 failed');
    const pull = { ...failed, percent: null };
    expect(summaryOf([passed, pull, { ...pull, percent: 42 }])).toBe('1 passed, 2 in progress');
  });

  it('takes an old check without a warning as passed', () => {
    expect(outcomeOf(passed)).toBe('passed');
  });
});
