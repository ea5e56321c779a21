'use client';

import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from 'react';
import { socketUrl } from './api-address.ts';
import { LiveEvents, type TopicListener } from './live-events.ts';
import type { ConnectionStatus } from './reconnecting-socket.ts';

const LiveContext = createContext<LiveEvents | undefined>(undefined);

interface LiveProviderProps {
  children: ReactNode;
  /** The connection was lost. A browser can't see why a WebSocket was rejected, so this is the moment to check the session. */
  onLost: () => void;
}

/** Holds the page's one live connection while it is mounted. */
export function LiveProvider({ children, onLost }: LiveProviderProps) {
  const [live] = useState(() => new LiveEvents({ url: () => `${socketUrl()}/api/live` }));
  const lost = useEffectEvent(onLost);
  useEffect(() => {
    const stopListening = live.onStatusChange(() => {
      if (live.getStatus() !== 'live') lost();
    });
    live.start();
    return () => {
      stopListening();
      live.stop();
    };
  }, [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLiveEvents(): LiveEvents {
  const live = use(LiveContext);
  if (live === undefined) throw new Error('useLiveEvents needs a LiveProvider above it');
  return live;
}

export function useConnectionStatus(): ConnectionStatus {
  const live = useLiveEvents();
  return useSyncExternalStore(live.onStatusChange, live.getStatus, () => 'connecting');
}

/** Listens to a topic from now on while mounted. `undefined` listens to nothing. */
export function useLiveTopic(
  topic: string | undefined,
  listener: Omit<TopicListener, 'after' | 'onRejected'>,
): void {
  const live = useLiveEvents();
  const onEvent = useEffectEvent(listener.onEvent);
  const onStart = useEffectEvent(() => listener.onStart?.());
  const onReset = useEffectEvent(() => listener.onReset?.());
  useEffect(() => {
    if (topic === undefined) return undefined;
    return live.subscribe(topic, {
      after: 'now',
      onEvent: (event) => onEvent(event),
      onStart: () => onStart(),
      onReset: () => onReset(),
    });
  }, [live, topic]);
}
