import { describe, expect, it } from 'vitest';
import { ruleText } from './rule-text.ts';

describe('ruleText', () => {
  it.each([
    [{ tool: 'run_command', path: null, command: ['npm', 'test'] }, 'Commands that start with “npm test”'],
    [{ tool: 'run_command', path: 'out', command: null }, 'Commands that write out'],
    [{ tool: 'run_command', path: null, command: null }, 'Every command'],
    [{ tool: 'write_file', path: '.env', command: null }, 'Writing .env'],
    [{ tool: 'edit_file', path: null, command: null }, 'Editing any file'],
    [{ tool: 'x', path: null, command: null }, 'Every use of x'],
    [{ tool: 'x', path: 'a', command: null }, 'Use of x on a'],
  ])('%j: %s', (rule, text) => {
    expect(ruleText(rule)).toBe(text);
  });
});
