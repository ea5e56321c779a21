'use client';

import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Dialog } from '#components/dialog.tsx';
import { ShownOnce } from '#components/shown-once.tsx';
import { useResetPassword } from '../api/users-query.ts';
import type { UserDialogProps } from './user-dialogs.tsx';

/** Makes a link with which the user chooses a new password. */
export function ResetLinkDialog({ user, onClose }: UserDialogProps) {
  const reset = useResetPassword(user.id);
  if (reset.data === undefined) {
    return (
      <ConfirmDialog
        isOpen
        onOpenChange={onClose}
        title={`Reset the password of ${user.email}?`}
        description="You get a link to send. It works once, for an hour. The present password works until then."
        action="Create link"
        request={reset}
        onConfirm={() => reset.mutate(undefined)}
      />
    );
  }
  const { url, expires_at: expiresAt } = reset.data;
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title="Link created"
      description={`Send this link to ${user.email}. It is shown only now.`}
    >
      <ShownOnce label="Password reset link" value={url} noun="link" expiresAt={expiresAt} onDone={onClose} />
    </Dialog>
  );
}
