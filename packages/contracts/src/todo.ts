import { z } from 'zod';

export const TODO_ITEMS_MAX = 50;

/** What an agent has to do, as it wrote it last: the input of its newest `todo` call. */
export const todoItems = z
  .array(
    z.object({
      text: z.string().trim().min(1).max(300),
      status: z.enum(['pending', 'in_progress', 'done']),
    }),
  )
  .max(TODO_ITEMS_MAX)
  .refine(
    (items) => items.filter(({ status }) => status === 'in_progress').length <= 1,
    'at most one item may be in_progress',
  );
export type TodoItem = z.infer<typeof todoItems>[number];
