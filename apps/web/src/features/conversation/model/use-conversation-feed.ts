'use client';

import { useEffect, useEffectEvent, useMemo, useSyncExternalStore } from 'react';
import { useLiveEvents } from '#lib/live-context.tsx';
import { fetchTranscriptPage } from '../api/transcript-request.ts';
import {
  type ConversationEventListener,
  ConversationFeed,
  type ConversationSnapshot,
} from './conversation-feed.ts';

/** Follows a conversation while mounted. */
export function useConversationFeed(
  conversationId: string,
  listener: ConversationEventListener,
): { snapshot: ConversationSnapshot; feed: ConversationFeed } {
  const live = useLiveEvents();
  const feed = useMemo(
    () =>
      new ConversationFeed({
        live,
        conversationId,
        fetchPage: (before, signal) => fetchTranscriptPage(conversationId, before, signal),
      }),
    [live, conversationId],
  );
  const onEvent = useEffectEvent(listener);
  useEffect(() => {
    feed.start((event, transcript) => onEvent(event, transcript));
    return () => feed.stop();
  }, [feed]);
  return { snapshot: useSyncExternalStore(feed.onChange, feed.getSnapshot, feed.getSnapshot), feed };
}
