'use client';

import { type RefObject, useLayoutEffect, useRef } from 'react';

/**
 * What is read stays where it is when turns are added above it. `firstId` is that of the first turn, which has it as `data-turn-id`.
 * Returns what to call on each scroll.
 */
export function useKeptPosition(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  firstId: string | undefined,
): () => void {
  const scrollTop = useRef(0);
  const first = useRef<{ id: string; top: number }>(undefined);

  function topOf(id: string): number | undefined {
    const turn = content.current?.querySelector<HTMLElement>(`[data-turn-id="${CSS.escape(id)}"]`);
    return turn?.offsetTop;
  }

  useLayoutEffect(() => {
    const before = first.current;
    const top = firstId === undefined ? undefined : topOf(firstId);
    first.current = firstId === undefined || top === undefined ? undefined : { id: firstId, top };
    if (before === undefined || before.id === firstId) return;
    const now = topOf(before.id);
    // From the position before: a browser that keeps positions by itself has changed the present one already.
    if (now !== undefined) scroller.current?.scrollTo({ top: scrollTop.current + now - before.top });
  });

  return () => {
    scrollTop.current = scroller.current?.scrollTop ?? 0;
  };
}
