'use client';

import { useQuery } from '@tanstack/react-query';
import { Boxes, Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { workspacesQuery } from '../api/workspaces-query.ts';
import { CreateWorkspaceDialog } from './create-workspace-dialog.tsx';
import { WorkspaceList, WorkspaceListSkeleton } from './workspace-list.tsx';

/** The list of own workspaces with everything that can be done to them. */
export function WorkspacesPanel() {
  const [isCreating, setCreating] = useState(false);
  const router = useRouter();
  const workspaces = useQuery(workspacesQuery());
  return (
    <>
      <div className="mb-4 flex items-center justify-between gap-4">
        <h1 className="font-semibold text-lg tracking-tight">Workspaces</h1>
        <Button variant="primary" onClick={() => setCreating(true)}>
          <Plus aria-hidden className="size-4" />
          New workspace
        </Button>
      </div>
      {workspaces.isPending && <WorkspaceListSkeleton />}
      {workspaces.isError && workspaces.data === undefined && (
        <ErrorState
          title="Couldn't load your workspaces"
          message={messageOf(workspaces.error)}
          isRetrying={workspaces.isFetching}
          onRetry={() => workspaces.refetch()}
        />
      )}
      {workspaces.data !== undefined &&
        (workspaces.data.length === 0 ? (
          <div className="rounded-lg border border-line-strong border-dashed py-12">
            <EmptyState icon={<Boxes />} title="No workspaces yet">
              A workspace is your own isolated Linux machine, with a terminal, files and an agent. Create one
              to get started.
            </EmptyState>
          </div>
        ) : (
          <WorkspaceList workspaces={workspaces.data} />
        ))}
      <CreateWorkspaceDialog
        isOpen={isCreating}
        onOpenChange={setCreating}
        onCreated={(workspace) => router.push(paths.workspace(workspace.id))}
      />
    </>
  );
}
