'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { RequestError } from '#components/form.tsx';
import { paths } from '#lib/paths.ts';
import { requestPasswordReset } from '../api/authenticate.ts';
import { registrationQuery } from '../api/registration-query.ts';
import { FooterLink, FormTitle } from './form-parts.tsx';

export function ForgotPasswordForm() {
  const registration = useQuery(registrationQuery());
  const ask = useMutation({ mutationFn: requestPasswordReset });
  if (registration.data?.mail === false) return <NoMail />;
  if (ask.isSuccess) return <Asked email={ask.variables} />;

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    ask.mutate(String(new FormData(event.currentTarget).get('email') ?? '').trim());
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <FormTitle>Reset your password</FormTitle>
      <p className="-mt-2 text-ink-2">We will email you a link to set a new one.</p>
      <RequestError error={ask.error} />
      <TextField label="Email" name="email" type="email" autoComplete="email" required autoFocus />
      <Button type="submit" variant="primary" size="lg" isBusy={ask.isPending}>
        Send the link
      </Button>
      <BackToSignIn />
    </form>
  );
}

function Asked({ email }: { email: string }) {
  return (
    <div className="flex flex-col gap-4">
      <FormTitle>Check your email</FormTitle>
      <p className="text-ink-2" role="status">
        If there is an account for <span className="break-words font-medium text-ink">{email}</span>, a link
        to set a new password is on its way. It works once, for one hour.
      </p>
      <BackToSignIn />
    </div>
  );
}

function NoMail() {
  return (
    <div className="flex flex-col gap-4">
      <FormTitle>Reset your password</FormTitle>
      <p className="text-ink-2">This Podex sends no email. Ask its admin for help.</p>
      <BackToSignIn />
    </div>
  );
}

function BackToSignIn() {
  return (
    <p className="text-ink-2 text-sm">
      <FooterLink href={paths.signIn()}>Back to sign-in</FooterLink>
    </p>
  );
}
