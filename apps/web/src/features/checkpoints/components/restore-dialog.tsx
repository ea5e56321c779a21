'use client';

import type { Checkpoint } from '@podex/contracts/checkpoints';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useRestoreCheckpoint } from '../api/checkpoints-query.ts';
import { restoredText } from '../model/checkpoint-text.ts';

interface RestoreDialogProps {
  workspaceId: string;
  checkpointId: string;
  title: string;
  /** Which state comes back: "before this turn". */
  when: string;
  /** A verb. */
  action: string;
  onClose: () => void;
  onFilesTouched: () => void;
}

/** Asks, restores, says what was done, and offers to take it back. */
export function RestoreDialog({ workspaceId, checkpointId, title, when, action, ...on }: RestoreDialogProps) {
  const restore = useRestoreCheckpoint(workspaceId);

  function undo({ id }: Checkpoint) {
    restore.mutateAsync(id).then(
      (undone) => {
        on.onFilesTouched();
        tell(undone, 'Restore undone');
      },
      (error: unknown) => toast.error("Couldn't undo the restore", { description: messageOf(error) }),
    );
  }

  function confirm() {
    restore.mutateAsync(checkpointId).then(
      (before) => {
        on.onFilesTouched();
        tell(before, 'Files restored', () => undo(before));
        on.onClose();
      },
      // The dialog says why.
      () => undefined,
    );
  }

  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => isOpen || on.onClose()}
      title={title}
      description={`Your files become what they were ${when}, and files that came later are deleted. A checkpoint of the present is made first, so you can undo this. Git repositories, ignored files and node_modules stay as they are.`}
      action={action}
      request={restore}
      onConfirm={confirm}
    />
  );
}

function tell({ restored }: Checkpoint, title: string, onUndo?: () => void): void {
  if (restored === null) return;
  const undoing = onUndo === undefined ? {} : { action: { label: 'Undo', onClick: onUndo } };
  const [problem] = restored.problems;
  if (problem === undefined) toast.success(title, { description: restoredText(restored), ...undoing });
  else toast.warning("Some files couldn't be restored", { description: problem.reason, ...undoing });
}
