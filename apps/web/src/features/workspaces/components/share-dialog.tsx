'use client';

import { shareRole } from '@podex/contracts/access';
import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { Dialog } from '#components/dialog.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { PeopleEditor } from '#components/people-editor.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { RELATION_WORDS } from '#lib/workspace-rights.ts';
import { sharesQuery, useChangeShares } from '../api/shares-query.ts';

const ROLES = shareRole.options.map((role) => ({ value: role, ...RELATION_WORDS[role] }));

interface ShareDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function ShareDialog({ workspace, isOpen, onOpenChange }: ShareDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Share ${workspace.name}`}
      description="With people who have an account here. Who can run commands in it can read its secrets."
      width="lg"
    >
      <Shares workspaceId={workspace.id} />
    </Dialog>
  );
}

function Shares({ workspaceId }: { workspaceId: string }) {
  const shares = useQuery(sharesQuery(workspaceId));
  const change = useChangeShares(workspaceId);
  if (shares.isError && shares.data === undefined) {
    return (
      <ErrorState
        title="Can't load the shares"
        message={messageOf(shares.error)}
        isRetrying={shares.isFetching}
        onRetry={() => shares.refetch()}
      />
    );
  }
  if (shares.data === undefined) return <Skeleton className="h-24 w-full" />;
  return (
    <PeopleEditor
      label="Shared with"
      people={shares.data.map((share) => ({ ...share, id: share.user_id }))}
      roles={ROLES}
      edit={{
        addLabel: 'Share',
        isBusy: change.isPending,
        error: change.isError ? messageOf(change.error) : undefined,
        onAdd: (email, role) => change.mutate({ kind: 'add', email, role: shareRole.parse(role) }),
        onChangeRole: ({ id }, role) =>
          change.mutate({ kind: 'role', userId: id, role: shareRole.parse(role) }),
        onRemove: ({ id }) => change.mutate({ kind: 'remove', userId: id }),
      }}
    />
  );
}
