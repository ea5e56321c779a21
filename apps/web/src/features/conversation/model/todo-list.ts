import { type TodoItem, todoItems } from '@podex/contracts/todo';
import type { Transcript } from '@podex/contracts/transcript';

/** The list that the agent wrote last; undefined when there is none, or nothing of it is left to do. */
export function todoListOf({ turns }: Transcript): TodoItem[] | undefined {
  const items = turns.flatMap((turn) => turn.items);
  const call = items.findLast(
    (item) => item.type === 'tool_call' && item.tool === 'todo' && item.status === 'completed',
  );
  if (call?.type !== 'tool_call') return undefined;
  const list = todoItems.safeParse(call.input?.items);
  return list.success && list.data.some(({ status }) => status !== 'done') ? list.data : undefined;
}
