import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { ToolInputError } from '../tools/tool.ts';
import { prepareCall } from '../tools/tools.ts';
import { callBatches } from './call-batches.ts';
import type { PendingCall } from './tool-calls.ts';

function call(tool: string, input: Record<string, unknown>): PendingCall {
  const base = { status: 'pending', output: null, approval: null } as const;
  return {
    state: { ...base, tool_call_id: newId('toolCall'), tool, input },
    prepared: prepareCall(tool, input),
  };
}
const read = (path: string) => call('read_file', { path });
const write = (path: string) => call('write_file', { path, content: '' });
const run = call('run_command', { command: 'ls' });
const broken: PendingCall = { ...read('x'), prepared: new ToolInputError('It does not fit.') };

const sizes = (calls: PendingCall[]) => callBatches(calls).map((batch) => batch.length);

describe('calls of a step', () => {
  it('run at once when they are neighbours that only read, a few together', () => {
    expect(sizes([read('a'), read('b'), call('grep', { pattern: 'x' })])).toEqual([3]);
    expect(sizes(['a', 'b', 'c', 'd', 'e'].map(read))).toEqual([4, 1]);
    const calls = [read('a'), write('b'), read('c')];
    expect(callBatches(calls).flat()).toEqual(calls);
  });

  it('run alone when they change something, are equal, or are not right', () => {
    expect(sizes([write('a'), write('b')])).toEqual([1, 1]);
    expect(sizes([read('a'), write('a'), read('b'), run, read('c')])).toEqual([1, 1, 1, 1, 1]);
    expect(sizes([read('a'), read('a')])).toEqual([1, 1]);
    expect(sizes([read('a'), broken, read('b')])).toEqual([1, 1, 1]);
  });
});
