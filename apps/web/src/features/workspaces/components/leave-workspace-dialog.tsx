'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { useLeaveWorkspace } from '../api/shares.ts';

interface LeaveWorkspaceDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onLeft?: (() => void) | undefined;
}

export function LeaveWorkspaceDialog({ workspace, isOpen, onOpenChange, onLeft }: LeaveWorkspaceDialogProps) {
  const leave = useLeaveWorkspace(workspace.id);
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Leave “${workspace.name}”?`}
      description="You no longer see it. Nothing in it is deleted, and its owner can share it with you again."
      action="Leave"
      request={leave}
      onConfirm={() =>
        leave.mutate(undefined, {
          onSuccess: () => {
            onOpenChange(false);
            onLeft?.();
          },
        })
      }
    />
  );
}
