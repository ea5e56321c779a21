import { describe, expect, it } from 'vitest';
import { isCutJson, meantInput, shapeOf } from './tool-input.ts';
import { prepareCall, TOOLS } from './tools.ts';

const meant = (tool: string, given: Record<string, unknown>) => {
  const found = TOOLS.find(({ name }) => name === tool);
  return meantInput(shapeOf(found?.inputSchema ?? {}), given);
};

describe('what a model writes in a slightly wrong way', () => {
  it.each([
    ['read_file', { path: 'a', offset: '1' }, { path: 'a', offset: 1 }],
    ['read_file', { path: 'a', offset: ' 12 ' }, { path: 'a', offset: 12 }],
    ['read_file', { path: 'a', limit: null }, { path: 'a' }],
    ['read_file', { path: 'a', limit: '' }, { path: 'a' }],
    ['edit_file', { old_text: 'a', replace_all: 'false' }, { old_text: 'a', replace_all: false }],
    ['edit_file', { old_text: 'a', replace_all: 'True' }, { old_text: 'a', replace_all: true }],
    [
      'edit_file',
      { path: 'a', edits: { old_text: 'x', new_text: 'y', replace_all: 'true' } },
      { path: 'a', edits: [{ old_text: 'x', new_text: 'y', replace_all: true }] },
    ],
    [
      'edit_file',
      {
        path: 'a',
        old_text: null,
        new_text: null,
        edits: '[{"old_text":"x","new_text":"","replace_all":null}]',
      },
      { path: 'a', edits: [{ old_text: 'x', new_text: '' }] },
    ],
    ['grep', { pattern: '12', path: '', glob: null }, { pattern: '12' }],
    ['run_command', { command: 'true', timeout_seconds: '1.5' }, { command: 'true', timeout_seconds: 1.5 }],
  ])('%s %j is taken as it was meant', (tool, given, expected) => {
    expect(meant(tool, given)).toEqual(expected);
  });

  it('is taken by every tool in the same way', () => {
    expect(prepareCall('read_file', { path: 'a', offset: '3', limit: null }).summary).toBe(
      'Read a from line 3',
    );
    expect(
      prepareCall('edit_file', { path: 'a', old_text: 'x', new_text: '', replace_all: 'false' }).summary,
    ).toBe('Edit a');
  });

  it('stays an error where it could mean anything, and texts stay texts', () => {
    expect(() => prepareCall('read_file', { path: null })).toThrow('path');
    expect(() => prepareCall('read_file', { path: 'a', offset: 'first' })).toThrow('offset');
    expect(() => prepareCall('read_file', { path: 'a', offset: '0x10' })).toThrow('offset');
    expect(() => prepareCall('edit_file', { path: 'a', old_text: 'x', new_text: null })).toThrow('new_text');
    expect(meant('write_file', { path: 'a', content: '1' })).toEqual({ path: 'a', content: '1' });
    expect(meant('edit_file', { path: '1', old_text: 'true', new_text: '' })).toEqual({
      path: '1',
      old_text: 'true',
      new_text: '',
    });
  });
});

it('JSON that was cut is told from JSON that is wrong', () => {
  const whole = '{"a":"x\\"}","b":[1,{"c":"]"}]}';
  expect(isCutJson(whole)).toBe(false);
  for (let end = 1; end < whole.length; end += 1) expect(isCutJson(whole.slice(0, end))).toBe(true);
  expect(isCutJson('{a: 1}')).toBe(false);
});
