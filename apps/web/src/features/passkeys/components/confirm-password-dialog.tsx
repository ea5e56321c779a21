'use client';

import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
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

  function onSubmit(values: FormData) {
    const onSuccess = () => {
      change(false);
      onConfirmed();
    };
    confirm.mutate(fieldText(values, 'password'), { onSuccess });
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={change}
      title="Confirm that it's you"
      description="Enter your password. If your account has none, sign out and sign in again."
      width="sm"
    >
      <Form request={confirm} action="Confirm" onCancel={() => change(false)} onSubmit={onSubmit}>
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          autoFocus
        />
      </Form>
    </Dialog>
  );
}
