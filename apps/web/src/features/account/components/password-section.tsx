'use client';

import { type FormEvent, useState } from 'react';
import { AccountSection } from '#components/account-section.tsx';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useChangePassword } from '../api/account-requests.ts';

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

/** A new password ends all other sessions, and the tokens where asked. */
export function PasswordSection() {
  const [problem, setProblem] = useState<string>();
  const change = useChangePassword();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    const newPassword = String(form.get('new'));
    const isTooShort = newPassword.length < PASSWORD_MIN;
    setProblem(isTooShort ? `Use at least ${PASSWORD_MIN} characters.` : undefined);
    if (isTooShort) return;
    change.mutate(
      { currentPassword: String(form.get('current')), newPassword, revokesTokens: form.has('tokens') },
      {
        onSuccess: () => {
          element.reset();
          toast.success('Password changed', { description: 'You are signed out everywhere else.' });
        },
      },
    );
  }

  return (
    <AccountSection title="Password" description="A new password signs you out everywhere else.">
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        {change.isError && (
          <Notice tone="danger" isAlert>
            {messageOf(change.error)}
          </Notice>
        )}
        <TextField
          label="Current password"
          name="current"
          type="password"
          maxLength={PASSWORD_MAX}
          autoComplete="current-password"
        />
        <TextField
          label="New password"
          name="new"
          type="password"
          maxLength={PASSWORD_MAX}
          autoComplete="new-password"
          hint={`At least ${PASSWORD_MIN} characters.`}
          error={problem}
        />
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="tokens" />
          Also revoke my tokens
        </label>
        <div>
          <Button type="submit" variant="primary" isBusy={change.isPending}>
            Change password
          </Button>
        </div>
      </form>
    </AccountSection>
  );
}
