'use client';

import type { FormEvent } from 'react';
import { Button } from '#components/button.tsx';
import { DialogActions } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';

interface Values {
  password: string;
  code: string;
}

interface PasswordFormProps {
  /** A verb: what the button does. */
  action: string;
  isDangerous?: boolean;
  /** Whether a code is asked for as well. */
  asksCode?: boolean;
  isBusy: boolean;
  error: unknown;
  onCancel: () => void;
  onSubmit: (values: Values) => void;
}

/** Who sits there, before something about their sign-in changes. */
export function PasswordForm(props: PasswordFormProps) {
  const { action, isDangerous = false, asksCode = false, isBusy, error, onCancel, onSubmit } = props;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSubmit({
      password: String(form.get('password') ?? ''),
      code: String(form.get('code') ?? '').trim(),
    });
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {error !== null && error !== undefined && (
        <Notice tone="danger" isAlert>
          {messageOf(error)}
        </Notice>
      )}
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        autoFocus
        hint="Leave it empty if your account has none."
      />
      {asksCode && (
        <TextField
          label="Authentication code or recovery code"
          name="code"
          required
          autoComplete="one-time-code"
          maxLength={20}
          className="font-mono"
        />
      )}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant={isDangerous ? 'danger' : 'primary'} isBusy={isBusy}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
