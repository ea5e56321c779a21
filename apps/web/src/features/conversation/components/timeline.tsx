'use client';

import { ArrowDown } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Skeleton } from '#components/skeleton.tsx';
import type { ConversationFeed, ConversationSnapshot } from '../model/conversation-feed.ts';
import { useKeptPosition } from '../model/use-kept-position.ts';
import type { OutgoingMessage } from '../model/use-send-message.ts';
import { EarlierTurns } from './earlier-turns.tsx';
import { PersonMessage, TurnSection } from './turn-section.tsx';

interface TimelineProps {
  snapshot: ConversationSnapshot;
  feed: Pick<ConversationFeed, 'loadOlder' | 'forgetOlder'>;
  outgoing: readonly OutgoingMessage[];
  onRetry: (text: string) => void;
  /** Shown while nothing was said. */
  empty: ReactNode;
}

/** How near to its end (in pixels) the timeline must be to follow what comes. */
const FOLLOW_WITHIN_PX = 80;

/** So many turns are kept in the page while its end is shown; those before are loaded again on the way up. */
const KEPT_TURNS = 40;

/** Messages and tool calls; follows the newest unless the user has scrolled up, where earlier ones are loaded. */
export function Timeline({ snapshot, feed, outgoing, onRetry, empty }: TimelineProps) {
  const { isLoaded, older } = snapshot;
  const { turns } = snapshot.transcript;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  // Known at once: turns that come into view change their height, which must not undo the scroll that brought them there.
  const follows = useRef(true);

  useEffect(() => {
    const inner = content.current;
    if (inner === null || !isFollowing) return undefined;
    follows.current = true;
    const toEnd = () => {
      if (follows.current) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
    };
    toEnd();
    const observer = new ResizeObserver(toEnd);
    observer.observe(inner);
    return () => observer.disconnect();
  }, [isFollowing]);

  useEffect(() => {
    if (isFollowing && turns.length > 2 * KEPT_TURNS) feed.forgetOlder(KEPT_TURNS);
  }, [isFollowing, turns.length, feed]);

  const notePosition = useKeptPosition(scroller, content, turns[0]?.id);
  function onScroll() {
    const element = scroller.current;
    if (element === null) return;
    notePosition();
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOW_WITHIN_PX;
    setFollowing(follows.current);
  }

  const isEmpty = turns.length === 0 && outgoing.length === 0;
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={onScroll}
        role="log"
        aria-label="Conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        className="h-full overflow-y-auto overscroll-contain focus-visible:outline-none"
      >
        <div ref={content} className="mx-auto flex min-h-full max-w-3xl flex-col gap-5 px-4 py-4">
          <EarlierTurns older={older} shown={turns.length} scroller={scroller} onLoad={feed.loadOlder} />
          {isEmpty && (isLoaded ? empty : <TimelineSkeleton />)}
          {turns.map((turn) => (
            <TurnSection key={turn.id} turn={turn} onRetry={onRetry} />
          ))}
          {outgoing.map((message) => (
            <PersonMessage key={message.key} text={message.text} isOnItsWay />
          ))}
        </div>
      </div>
      {!isFollowing && (
        <button
          type="button"
          onClick={() => setFollowing(true)}
          className="absolute bottom-3 left-1/2 flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-raised px-3 text-ink-2 text-xs shadow-2 hover:text-ink"
        >
          <ArrowDown aria-hidden className="size-3.5" />
          Latest
        </button>
      )}
    </div>
  );
}

function TimelineSkeleton() {
  return (
    <div role="status" aria-label="Loading the conversation" className="flex flex-col gap-3">
      <Skeleton className="h-9 w-1/2 self-end" />
      <Skeleton className="h-3.5 w-4/5" />
      <Skeleton className="h-3.5 w-3/5" />
      <Skeleton className="h-8 w-full" />
    </div>
  );
}
