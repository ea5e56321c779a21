'use client';

import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { RequestError } from '#components/form.tsx';
import { Spinner } from '#components/spinner.tsx';
import { paths } from '#lib/paths.ts';
import { resetPassword } from '../api/authenticate.ts';
import { FooterLink, FormTitle, MIN_PASSWORD_LENGTH } from './form-parts.tsx';
import { useTokenOfAddress } from './use-token-of-address.ts';

/** Where the link of a mail leads. */
export function ResetPasswordForm() {
  const token = useTokenOfAddress();
  if (token === undefined) {
    return (
      <p role="status" className="flex items-center gap-2 text-ink-3">
        <Spinner /> Opening the link…
      </p>
    );
  }
  return token === null ? <Incomplete /> : <NewPasswordForm token={token} />;
}

function NewPasswordForm({ token }: { token: string }) {
  const reset = useMutation({ mutationFn: resetPassword });
  if (reset.isSuccess) return <Done />;

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    reset.mutate({
      token,
      newPassword: String(form.get('password') ?? ''),
      endsTokens: form.get('ends_tokens') === 'on',
    });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <FormTitle>Set a new password</FormTitle>
      <RequestError error={reset.error} />
      <TextField
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={MIN_PASSWORD_LENGTH}
        autoFocus
        hint={`At least ${MIN_PASSWORD_LENGTH} characters. You will be signed out everywhere.`}
      />
      <label className="flex items-start gap-2 text-ink-2 text-sm">
        <input type="checkbox" name="ends_tokens" className="mt-0.5" />
        Also revoke my tokens, which programs use
      </label>
      <Button type="submit" variant="primary" size="lg" isBusy={reset.isPending}>
        Set password
      </Button>
      <p className="text-ink-2 text-sm">
        The link does not work? <FooterLink href={paths.forgotPassword()}>Ask for a new one</FooterLink>
      </p>
    </form>
  );
}

function Done() {
  return (
    <div className="flex flex-col gap-4">
      <FormTitle>Password set</FormTitle>
      <p className="text-ink-2" role="status">
        You were signed out everywhere. <FooterLink href={paths.signIn()}>Sign in</FooterLink> with your new
        password.
      </p>
    </div>
  );
}

function Incomplete() {
  return (
    <div className="flex flex-col gap-4">
      <FormTitle>Can't use this link</FormTitle>
      <p className="text-ink-2">
        It is not complete. Copy the whole of it, or{' '}
        <FooterLink href={paths.forgotPassword()}>ask for a new one</FooterLink>.
      </p>
    </div>
  );
}
