'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';
import type { OpenConversation } from '#features/conversation/components/conversation-panel.tsx';

const PARAMETER = 'conversation';

/** Which conversation is open stands in the address, so that a reload and a link find it again. */
export function useOpenConversation(): [OpenConversation, (open: OpenConversation) => void] {
  const value = useSearchParams().get(PARAMETER);
  const open = useCallback((next: OpenConversation) => {
    const url = new URL(window.location.href);
    if (next === 'latest') url.searchParams.delete(PARAMETER);
    else url.searchParams.set(PARAMETER, next === 'new' ? 'new' : next.id);
    window.history.replaceState(null, '', url);
  }, []);
  return [value === null ? 'latest' : value === 'new' ? 'new' : { id: value }, open];
}
