'use client';

import type { TodoItem } from '@podex/contracts/todo';
import { clsx } from 'clsx';
import { ChevronRight, Circle, CircleCheck, CircleDot } from 'lucide-react';
import { Collapsible } from 'radix-ui';

const ICONS = { pending: Circle, in_progress: CircleDot, done: CircleCheck };
const WORDS = { pending: 'To do', in_progress: 'In progress', done: 'Done' };

/** What the agent has to do, as one line that opens to the whole list. */
export function TodoList({ items }: { items: readonly TodoItem[] }) {
  const done = items.filter(({ status }) => status === 'done').length;
  const current = items.find(({ status }) => status !== 'done');
  return (
    <Collapsible.Root className="mx-auto mb-1.5 w-full max-w-3xl px-3" data-testid="todo">
      <div className="rounded-lg border bg-surface text-xs">
        <Collapsible.Trigger className="group flex w-full min-w-0 items-center gap-2 rounded-lg px-2.5 py-1.5 text-left hover:bg-hover">
          <ChevronRight
            aria-hidden
            className="size-3.5 shrink-0 text-ink-3 transition-transform group-data-[state=open]:rotate-90"
          />
          <span className="shrink-0 font-medium">
            {done} of {items.length} done
          </span>
          <span className="min-w-0 flex-1 truncate text-ink-2">{current?.text}</span>
        </Collapsible.Trigger>
        <Collapsible.Content>
          <ol className="flex max-h-48 flex-col gap-1 overflow-y-auto px-2.5 pt-0.5 pb-2">
            {items.map((item, index) => (
              // The agent writes the whole list each time.
              // biome-ignore lint/suspicious/noArrayIndexKey: an item has no other name.
              <Item key={index} item={item} />
            ))}
          </ol>
        </Collapsible.Content>
      </div>
    </Collapsible.Root>
  );
}

function Item({ item: { text, status } }: { item: TodoItem }) {
  const Icon = ICONS[status];
  return (
    <li className="flex min-w-0 items-start gap-2">
      <Icon
        aria-label={WORDS[status]}
        className={clsx(
          'mt-px size-3.5 shrink-0',
          status === 'in_progress' && 'text-accent',
          status === 'done' && 'text-success',
          status === 'pending' && 'text-ink-3',
        )}
      />
      <span className={clsx('min-w-0 break-words', status === 'done' && 'text-ink-3 line-through')}>
        {text}
      </span>
    </li>
  );
}
