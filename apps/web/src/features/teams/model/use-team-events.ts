'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useLiveTopic } from '#lib/live-context.tsx';

/** Keeps the teams in the cache fresh, as the live events of the person (`user:…`) tell. */
export function useTeamEvents(topic: string): void {
  const queryClient = useQueryClient();
  const refetchAll = () => queryClient.invalidateQueries({ queryKey: ['teams'] });
  useLiveTopic(topic, {
    onStart: refetchAll,
    onReset: refetchAll,
    onEvent: (event) => (event.type === 'access.changed' ? refetchAll() : undefined),
  });
}
