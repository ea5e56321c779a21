'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useLiveTopic } from '#lib/live-context.tsx';
import { workspaceQuery, workspacesQuery } from '../api/workspaces-query.ts';
import { applyWorkspaceEvent, applyWorkspaceEventToList } from './apply-workspace-event.ts';

/** Keeps list and single workspaces in the cache as the live events of a topic (`user:…` or `workspace:…`) tell. */
export function useWorkspaceEvents(topic: string): void {
  const queryClient = useQueryClient();
  const refetchAll = () => queryClient.invalidateQueries({ queryKey: ['workspaces'] });
  useLiveTopic(topic, {
    onStart: refetchAll,
    onReset: refetchAll,
    onEvent: (event) => {
      // A workspace has come, or gone, or the person is something else to it.
      if (event.type === 'access.changed') return refetchAll();
      if (event.type === 'workspace.stopping_soon') {
        return queryClient.invalidateQueries({ queryKey: workspaceQuery(event.workspace_id).queryKey });
      }
      if (event.type !== 'workspace.changed') return undefined;
      const list = queryClient.getQueryData(workspacesQuery().queryKey);
      const isKnown = list?.some(({ id }) => id === event.workspace_id) ?? true;
      queryClient.setQueryData(
        workspacesQuery().queryKey,
        (old) => old && applyWorkspaceEventToList(old, event),
      );
      const one = workspaceQuery(event.workspace_id).queryKey;
      queryClient.setQueryData(one, (old) => old && applyWorkspaceEvent(old, event));
      // What the event does not carry (server, stop time, ports) is read again.
      return Promise.all([
        queryClient.invalidateQueries({ queryKey: one }),
        ...(isKnown ? [] : [queryClient.invalidateQueries({ queryKey: workspacesQuery().queryKey })]),
      ]);
    },
  });
}
