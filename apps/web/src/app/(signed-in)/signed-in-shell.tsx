'use client';

import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery } from '#features/session/api/me-query.ts';
import { useSession } from '#features/session/components/session-context.tsx';
import { useWorkspaceEvents } from '#features/workspaces/model/use-workspace-events.ts';
import { LiveProvider } from '#lib/live-context.tsx';

/** What every signed-in page shares: one live connection, and the workspaces kept fresh by it. */
export function SignedInShell({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  return (
    <LiveProvider onLost={() => queryClient.invalidateQueries({ queryKey: meQuery().queryKey })}>
      <OwnWorkspaceEvents />
      {children}
    </LiveProvider>
  );
}

function OwnWorkspaceEvents() {
  const user = useSession();
  useWorkspaceEvents(`user:${user.id}`);
  return null;
}
