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

  it('sees rounds of several calls', () => {
    const [a, b, c] = [call('a', '1'), call('b', '2'), call('c', '3')];
    expect(repeatVerdict([a, b, a], b)).toBe('run');
    expect(repeatVerdict([a, b, a, b], a)).toBe('refuse');
    expect(repeatVerdict([a, b, c, a, b, c], a)).toBe('refuse');
    expect(repeatVerdict([a, b, a, call('b', 'other')], a)).toBe('run');
    const refused = call('a', REPEAT_REFUSED);
    expect(repeatVerdict([a, b, a, b, refused], b)).toBe('run');
    expect(repeatVerdict([a, b, a, b, refused, b], a)).toBe('stop');
  });

  it('lets a refused call run again after something new was done', () => {
    const ended = [call('test', 'red'), call('test', 'red'), call('test', REPEAT_REFUSED)];
    expect(repeatVerdict([...ended, call('edit', 'done')], call('test'))).toBe('run');
  });

  it('lets a model look often at what still runs, or takes its time, and not without end', () => {
    const look = (seconds: number) => call('look', `[still running after ${seconds}.0 s; command_id: cmd_1]`);
    const wait = (seconds: number) => call('sleep 10; cat log', `nothing yet\n[exit code 0, ${seconds}.1 s]`);
    for (const poll of [look, wait]) {
      const looks = Array.from({ length: 40 }, (_, index) => poll(10 + (index % 3)));
      const { input } = poll(0);
      expect(repeatVerdict(looks.slice(0, 19), { tool: 'run_command', input })).toBe('run');
      expect(repeatVerdict(looks.slice(0, 20), { tool: 'run_command', input })).toBe('refuse');
    }
  });

  it('lets a call run whose result changes, or that something came between', () => {
    expect(repeatVerdict([call('a', '1'), call('a', '2')], call('a'))).toBe('run');
    expect(repeatVerdict([call('a'), call('b'), call('a')], call('a'))).toBe('run');
    expect(repeatVerdict([call('a'), call('a')], call('b'))).toBe('run');
  });
});
