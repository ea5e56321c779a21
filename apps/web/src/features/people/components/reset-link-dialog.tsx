'use client';

import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { copyText } from '#lib/clipboard.ts';
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
        isBusy={reset.isPending}
        error={reset.isError ? messageOf(reset.error) : undefined}
        onConfirm={() => reset.mutate(undefined)}
      />
    );
  }
  const { url, expires_at: expiresAt } = reset.data;
  async function copy() {
    await copyText(url);
    toast.success('Link copied');
  }
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title="Link created"
      description={`Send this link to ${user.email}. It is shown only now.`}
    >
      <TextField
        label="Password reset link"
        readOnly
        value={url}
        onFocus={(event) => event.currentTarget.select()}
        className="font-mono"
        hint={`Expires ${new Date(expiresAt).toLocaleString()}.`}
      />
      <DialogActions>
        <Button onClick={() => void copy()}>Copy link</Button>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}
