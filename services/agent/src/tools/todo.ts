import { TODO_ITEMS_MAX, type TodoItem, todoItems } from '@podex/contracts/todo';
import { z } from 'zod';
import { defineTool } from './tool.ts';

const MARKS = { pending: '[ ]', in_progress: '[~]', done: '[x]' } satisfies Record<
  TodoItem['status'],
  string
>;

export const todo = defineTool({
  name: 'todo',
  description: `Writes your list of what is to be done, which the person sees. Use it for work of three steps or more: write the whole list each time, at most ${TODO_ITEMS_MAX} items and one in progress, as soon as something has changed. An empty list removes it.`,
  input: z.object({ items: todoItems }),
  summary: ({ items }) => {
    const done = items.filter(({ status }) => status === 'done').length;
    const current = items.find(({ status }) => status === 'in_progress');
    return `${done} of ${items.length} done${current === undefined ? '' : `: ${current.text}`}`;
  },
  // It stands in the conversation: nothing in the workspace changes.
  effect: () => ({ kind: 'reads' }),
  execute: async ({ items }) => ({
    isOk: true,
    output: items.map(({ text, status }) => `${MARKS[status]} ${text}`).join('\n') || 'The list is empty.',
  }),
});
