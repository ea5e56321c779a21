'use client';

import { PodexError } from '@podex/contracts/errors';
import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { buttonClass } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { workspaceQuery } from '#features/workspaces/api/workspaces-query.ts';
import { useWorkspaceEvents } from '#features/workspaces/model/use-workspace-events.ts';
import { isUsable } from '#features/workspaces/model/workspace-status.ts';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { AppHeader } from '../../app-header.tsx';
import { WorkspaceHeader } from './workspace-header.tsx';
import { WorkspacePanels } from './workspace-panels.tsx';

/** Use moves the time of its idle stop without an event. */
const LOOK_EVERY_MS = 60_000;

export function WorkspaceScreen({ workspaceId }: { workspaceId: string }) {
  const workspace = useQuery({ ...workspaceQuery(workspaceId), refetchInterval: LOOK_EVERY_MS });
  useWorkspaceEvents(`workspace:${workspaceId}`);
  const isGone =
    workspace.data?.status === 'deleted' || PodexError.has(workspace.error, 'workspace_not_found');
  const shown = isGone ? undefined : workspace.data;
  useTitle(shown?.name);
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <AppHeader>
        {shown && <WorkspaceHeader workspace={shown} />}
        {workspace.isPending && <Skeleton className="h-3.5 w-32" />}
      </AppHeader>
      <main className="min-h-0 flex-1">
        {shown && <OpenWorkspace workspace={shown} />}
        {isGone && <GoneWorkspace seen={workspace.data} />}
        {workspace.isError && workspace.data === undefined && !isGone && (
          <ErrorState
            title="Couldn't open this workspace"
            message={messageOf(workspace.error)}
            isRetrying={workspace.isFetching}
            onRetry={() => workspace.refetch()}
          />
        )}
        {workspace.isPending && (
          <p role="status" className="sr-only">
            Opening the workspace…
          </p>
        )}
      </main>
    </div>
  );
}

/** Open panels stay open while the server is unreachable, so nothing is lost when it comes back. */
function OpenWorkspace({ workspace }: { workspace: Workspace }) {
  const isRunning = isUsable(workspace);
  const [wasRunning, setWasRunning] = useState(isRunning);
  const isLost = workspace.status === 'unreachable' && workspace.desired_status === 'running';
  const isOpen = isRunning || (isLost && wasRunning);
  if (isOpen !== wasRunning) setWasRunning(isOpen);
  return <WorkspacePanels workspace={workspace} isOpen={isOpen} isRunning={isRunning} />;
}

/** @param seen what it was when this page last saw it. */
function GoneWorkspace({ seen }: { seen: Workspace | undefined }) {
  const isLost = seen !== undefined && seen.desired_status !== 'deleted' && seen.status !== 'deleted';
  return (
    <EmptyState
      icon={<SearchX />}
      title={isLost ? 'No longer shared with you' : 'Workspace not found'}
      actions={
        <Link href={paths.workspaces()} className={buttonClass()}>
          Go to your workspaces
        </Link>
      }
    >
      {isLost
        ? `You no longer have access to ${seen.name}. Ask its owner if you still need it.`
        : "It was deleted, or you don't have access to it."}
    </EmptyState>
  );
}

function useTitle(name: string | undefined): void {
  useEffect(() => {
    if (name !== undefined) document.title = `${name} · Podex`;
  }, [name]);
}
