'use client';

import { useEffect, useEffectEvent, useMemo, useSyncExternalStore } from 'react';
import { useLiveEvents } from '#lib/live-context.tsx';
import {
  type ConversationEventListener,
  ConversationFeed,
  type ConversationSnapshot,
} from './conversation-feed.ts';

/** Follows a conversation while mounted. */
export function useConversationFeed(
  conversationId: string,
  listener: ConversationEventListener,
): ConversationSnapshot {
  const live = useLiveEvents();
  const feed = useMemo(() => new ConversationFeed({ live, conversationId }), [live, conversationId]);
  const onEvent = useEffectEvent(listener);
  useEffect(() => {
    feed.start((event, view) => onEvent(event, view));
    return () => feed.stop();
  }, [feed]);
  return useSyncExternalStore(feed.onChange, feed.getSnapshot, feed.getSnapshot);
}
