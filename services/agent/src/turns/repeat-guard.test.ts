import { describe, expect, it } from 'vitest';
import { REPEAT_REFUSED, repeatVerdict } from './repeat-guard.ts';

const call = (command: string, output = 'same') => ({ tool: 'run_command', input: { command }, output });

describe('repeatVerdict', () => {
  it('refuses the third time in a row and stops at the fourth', () => {
    const asked = call('a');
    expect(repeatVerdict([], asked)).toBe('run');
    expect(repeatVerdict([call('a')], asked)).toBe('run');
    expect(repeatVerdict([call('a'), call('a')], asked)).toBe('refuse');
    expect(repeatVerdict([call('a'), call('a'), call('a', REPEAT_REFUSED)], asked)).toBe('stop');
  });

  it('takes a result that differs only in how long it took for the same', () => {
    const ended = ['0.0', '0.1'].map((seconds) => call('a', `same\n[exit code 0, ${seconds} s]`));
    expect(repeatVerdict(ended, call('a'))).toBe('refuse');
  });

  it('lets a call run whose result changes, or that something came between', () => {
    expect(repeatVerdict([call('a', '1'), call('a', '2')], call('a'))).toBe('run');
    expect(repeatVerdict([call('a'), call('b'), call('a')], call('a'))).toBe('run');
    expect(repeatVerdict([call('a'), call('a')], call('b'))).toBe('run');
  });
});
