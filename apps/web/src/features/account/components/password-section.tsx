'use client';

import { useState } from 'react';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { useChangePassword } from '../api/account-requests.ts';

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

/** A new password ends all other sessions, and the tokens where asked. */
export function PasswordSection() {
  const [problem, setProblem] = useState<string>();
  const change = useChangePassword();

  function onSubmit(values: FormData, element: HTMLFormElement) {
    const newPassword = fieldText(values, 'new');
    const isTooShort = newPassword.length < PASSWORD_MIN;
    setProblem(isTooShort ? `Use at least ${PASSWORD_MIN} characters.` : undefined);
    if (isTooShort) return;
    change.mutate(
      { currentPassword: fieldText(values, 'current'), newPassword, revokesTokens: values.has('tokens') },
      {
        onSuccess: () => {
          element.reset();
          toast.success('Password changed', { description: 'You are signed out everywhere else.' });
        },
      },
    );
  }

  return (
    <Section title="Password" description="A new password signs you out everywhere else.">
      <Form request={change} action="Change password" onSubmit={onSubmit}>
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
      </Form>
    </Section>
  );
}
