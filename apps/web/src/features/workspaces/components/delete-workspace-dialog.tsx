'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { useDeleteWorkspace } from '../api/change-workspace.ts';

interface DeleteWorkspaceDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onDeleted?: (() => void) | undefined;
}

export function DeleteWorkspaceDialog({
  workspace,
  isOpen,
  onOpenChange,
  onDeleted,
}: DeleteWorkspaceDialogProps) {
  const remove = useDeleteWorkspace(workspace.id);
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Delete “${workspace.name}”?`}
      description="Its files, terminals and conversations will be deleted. This can't be undone."
      action="Delete workspace"
      isDangerous
      request={remove}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            onOpenChange(false);
            onDeleted?.();
          },
        })
      }
    />
  );
}
