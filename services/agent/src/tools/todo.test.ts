import { expect, it } from 'vitest';
import { ToolInputError } from './tool.ts';
import { prepareCall } from './tools.ts';

const item = (text: string, status: string) => ({ text, status });

it('takes a whole list, changes nothing in the workspace and says how far it is', () => {
  const call = prepareCall('todo', {
    items: [item('Look', 'done'), item('Test', 'in_progress'), item('Say', 'pending')],
  });
  expect(call.summary).toBe('1 of 3 done: Test');
  expect(call.effect).toEqual({ kind: 'reads' });
  expect(prepareCall('todo', { items: [] }).summary).toBe('0 of 0 done');
});

it('has bounds, and one item in progress at most', () => {
  const wrong = [
    [item('a', 'in_progress'), item('b', 'in_progress')],
    [item('a', 'started')],
    [item(' ', 'pending')],
    [item('x'.repeat(301), 'pending')],
    Array.from({ length: 51 }, () => item('a', 'pending')),
  ];
  for (const items of wrong) expect(() => prepareCall('todo', { items })).toThrow(ToolInputError);
});
