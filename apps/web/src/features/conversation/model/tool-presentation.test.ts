import { describe, expect, it } from 'vitest';
import { presentInput, toolName } from './tool-presentation.ts';

describe('presentInput', () => {
  it('shows commands as commands and edits as diffs', () => {
    expect(presentInput({ tool: 'run_command', input: { command: 'ls', cwd: '/tmp' } })).toEqual({
      type: 'command',
      command: 'ls',
      cwd: '/tmp',
    });
    expect(presentInput({ tool: 'edit_file', input: { path: 'a', old_text: 'x', new_text: 'y' } })).toEqual({
      type: 'diff',
      path: 'a',
      before: 'x',
      after: 'y',
    });
    const edits = [
      { old_text: 'x', new_text: 'y' },
      { old_text: 'one', new_text: '' },
    ];
    expect(presentInput({ tool: 'edit_file', input: { path: 'a', edits } })).toEqual({
      type: 'diff',
      path: 'a',
      before: 'x\n…\none',
      after: 'y\n…\n',
    });
    const broken = { path: 'a', edits: [...edits, { old_text: 5 }] };
    expect(presentInput({ tool: 'edit_file', input: broken }).type).toBe('json');
    expect(presentInput({ tool: 'write_file', input: { path: 'a', content: 'y' } })).toEqual({
      type: 'diff',
      path: 'a',
      before: null,
      after: 'y',
    });
  });

  it('shows what it does not know as it is', () => {
    expect(presentInput({ tool: 'run_command', input: { argv: ['ls'] } }).type).toBe('json');
    expect(presentInput({ tool: 'of_tomorrow', input: { deep: { a: 1 } } })).toEqual({
      type: 'json',
      json: '{\n  "deep": {\n    "a": 1\n  }\n}',
    });
    expect(presentInput({ tool: 'of_tomorrow', input: {} })).toEqual({ type: 'none' });
    expect(toolName('of_tomorrow')).toBe('of tomorrow');
  });
});
