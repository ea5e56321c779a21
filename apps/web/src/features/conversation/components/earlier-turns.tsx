'use client';

import { type RefObject, useEffect, useEffectEvent, useRef } from 'react';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { Spinner } from '#components/spinner.tsx';
import type { OlderTurns } from '../model/conversation-feed.ts';

interface EarlierTurnsProps {
  older: OlderTurns;
  /** How many turns are shown. */
  shown: number;
  scroller: RefObject<HTMLElement | null>;
  onLoad: () => void;
}

/** How far above what is seen (in pixels) earlier turns begin to load. */
const AHEAD_PX = 800;

/** Stands above the first turn that is shown, and loads those before it when it comes near. */
export function EarlierTurns({ older, shown, scroller, onLoad }: EarlierTurnsProps) {
  const place = useRef<HTMLDivElement>(null);
  const onNear = useEffectEvent(onLoad);
  const { status } = older;

  // `shown`: a page that does not fill the view calls for the next one.
  useEffect(() => {
    if (place.current === null || status !== 'idle' || shown === 0) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) onNear();
      },
      { root: scroller.current, rootMargin: `${AHEAD_PX}px 0px 0px 0px` },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [status, shown, scroller]);

  if (status === 'none') return null;
  return (
    <div ref={place} className="flex min-h-7 items-center justify-center text-ink-3 text-xs">
      {status === 'idle' && (
        <Button size="sm" variant="ghost" onClick={onLoad}>
          Show earlier messages
        </Button>
      )}
      {status === 'loading' && (
        <p role="status" className="flex items-center gap-2">
          <Spinner />
          Loading earlier messages…
        </p>
      )}
      {status === 'failed' && (
        <Notice
          tone="danger"
          title="Couldn't load earlier messages"
          isAlert
          actions={
            <Button size="sm" onClick={onLoad}>
              Try again
            </Button>
          }
        >
          {older.message}
        </Notice>
      )}
    </div>
  );
}
