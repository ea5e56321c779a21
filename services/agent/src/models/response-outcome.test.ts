import { describe, expect, it } from 'vitest';
import { outcomeOf } from './response-outcome.ts';

const outcome = (unified: string, raw: string | undefined, namesReason = true) =>
  outcomeOf({ unified, raw, namesReason });

describe('outcomeOf', () => {
  it('is whole for each vendor’s good ends', () => {
    expect(outcome('stop', 'end_turn')).toBe('whole');
    expect(outcome('tool-calls', 'tool_use')).toBe('whole');
    expect(outcome('stop', 'STOP')).toBe('whole');
    expect(outcome('other', 'load')).toBe('whole');
    expect(outcome('stop', undefined, false)).toBe('whole');
    expect(outcome('tool-calls', undefined, false)).toBe('whole');
  });

  it('is truncated at the longest response', () => {
    expect(outcome('length', 'max_tokens')).toBe('truncated');
    expect(outcome('length', 'max_output_tokens', false)).toBe('truncated');
  });

  it('is refused by a filter, in whatever words', () => {
    expect(outcome('content-filter', 'refusal')).toBe('refused');
    expect(outcome('other', 'SAFETY')).toBe('refused');
    expect(outcome('other', 'PROHIBITED_CONTENT')).toBe('refused');
  });

  it('is broken when the stream ends without a reason, whatever the library makes of it', () => {
    expect(outcome('other', undefined)).toBe('broken');
    expect(outcome('tool-calls', undefined)).toBe('broken');
    expect(outcome('interrupted', undefined, false)).toBe('broken');
    expect(outcome('error', undefined)).toBe('broken');
  });
});
