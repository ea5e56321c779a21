'use client';

import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery } from '#features/session/api/me-query.ts';
import { useSession } from '#features/session/components/session-context.tsx';
import { useTeamEvents } from '#features/teams/model/use-team-events.ts';
import { useWorkspaceEvents } from '#features/workspaces/model/use-workspace-events.ts';
import { LiveProvider } from '#lib/live-context.tsx';

/** What every signed-in page shares: one live connection, and the workspaces and teams kept fresh by it. */
export function SignedInShell({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  return (
    <LiveProvider onLost={() => queryClient.invalidateQueries({ queryKey: meQuery().queryKey })}>
      <OwnEvents />
      {children}
    </LiveProvider>
  );
}

function OwnEvents() {
  const user = useSession();
  useWorkspaceEvents(`user:${user.id}`);
  useTeamEvents(`user:${user.id}`);
  return null;
}
