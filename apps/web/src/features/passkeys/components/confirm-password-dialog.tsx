'use client';

import type { FormEvent } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useConfirmPassword } from '../api/passkeys.ts';

interface ConfirmPasswordDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Does now what was refused before. */
  onConfirmed: () => void;
}

export function ConfirmPasswordDialog({ isOpen, onOpenChange, onConfirmed }: ConfirmPasswordDialogProps) {
  const confirm = useConfirmPassword();

  function change(next: boolean) {
    onOpenChange(next);
    confirm.reset();
  }

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    const onSuccess = () => {
      change(false);
      onConfirmed();
    };
    confirm.mutate(password, { onSuccess });
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={change}
      title="Confirm that it's you"
      description="Enter your password. If your account has none, sign out and sign in again."
      width="sm"
    >
      <form onSubmit={onSubmit}>
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          error={confirm.isError ? messageOf(confirm.error) : undefined}
        />
        <DialogActions>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button type="submit" variant="primary" isBusy={confirm.isPending}>
            Confirm
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
