'use client';

import { useQuery } from '@tanstack/react-query';
import { Boxes, Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Card } from '#components/section.tsx';
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
      <PageHeading
        title="Workspaces"
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden className="size-4" />
            New workspace
          </Button>
        }
      />
      {workspaces.isPending && <WorkspaceListSkeleton />}
      {workspaces.isError && workspaces.data === undefined && (
        <ErrorState
          title="Can't load your workspaces"
          message={messageOf(workspaces.error)}
          isRetrying={workspaces.isFetching}
          onRetry={() => workspaces.refetch()}
        />
      )}
      {workspaces.data !== undefined &&
        (workspaces.data.length === 0 ? (
          <Card>
            <EmptyState icon={<Boxes />} title="No workspaces yet">
              A workspace is your own isolated Linux machine, with a terminal, files and an agent. Create one
              to get started.
            </EmptyState>
          </Card>
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
