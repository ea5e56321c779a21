'use client';

import type { ProseItem } from '@podex/contracts/transcript';
import { ChevronRight } from 'lucide-react';
import dynamic from 'next/dynamic';
import { Collapsible } from 'radix-ui';
import { memo, useDeferredValue } from 'react';

/** The parser of Markdown is not needed for the first paint; text is readable without it. */
export const Markdown = dynamic(() => import('./markdown.tsx').then((module) => module.Markdown), {
  ssr: false,
});

export const AgentText = memo(function AgentText({ item }: { item: ProseItem }) {
  // While text streams in, typing and scrolling go first.
  const text = useDeferredValue(item.text);
  return (
    <div className="min-w-0" data-streaming={item.is_streaming || undefined}>
      <Markdown text={text} />
    </div>
  );
});

export const Reasoning = memo(function Reasoning({ item }: { item: ProseItem }) {
  return (
    <Collapsible.Root className="min-w-0">
      <Collapsible.Trigger className="group flex items-center gap-1 rounded-md text-ink-3 text-xs hover:text-ink-2">
        <ChevronRight
          aria-hidden
          className="size-3.5 transition-transform group-data-[state=open]:rotate-90"
        />
        <span className={item.is_streaming ? 'animate-pulse-soft' : undefined}>
          {item.is_streaming ? 'Thinking…' : 'Thought'}
        </span>
      </Collapsible.Trigger>
      <Collapsible.Content>
        <p className="mt-1 ml-1.5 max-h-80 overflow-y-auto whitespace-pre-wrap border-l pl-3 text-ink-2 text-xs">
          {item.text}
        </p>
      </Collapsible.Content>
    </Collapsible.Root>
  );
});
