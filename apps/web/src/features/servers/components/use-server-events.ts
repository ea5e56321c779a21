'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useLiveTopic } from '#lib/live-context.tsx';
import { serversQuery } from '../api/servers-query.ts';
import { applyServerEvent } from '../model/apply-server-event.ts';

/** Keeps what is shown of servers as it is. */
export function useServerEvents(): void {
  const queryClient = useQueryClient();
  const refetchAll = () => queryClient.invalidateQueries({ queryKey: ['servers'] });
  useLiveTopic('servers', {
    onStart: refetchAll,
    onReset: refetchAll,
    onEvent: (event) => {
      queryClient.setQueryData(serversQuery().queryKey, (list) => list && applyServerEvent(list, event));
      // Checks and facts are not in the event.
      return refetchAll();
    },
  });
}
