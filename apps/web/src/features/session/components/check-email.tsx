'use client';

import { useMutation } from '@tanstack/react-query';
import { Button } from '#components/button.tsx';
import { RequestError } from '#components/form.tsx';
import { paths } from '#lib/paths.ts';
import { sendVerificationEmail } from '../api/authenticate.ts';
import { FooterLink, FormTitle } from './form-parts.tsx';

/** Shown to the person who has the password of an account whose address was not confirmed yet. */
export function CheckEmail({ email }: { email: string }) {
  const again = useMutation({ mutationFn: () => sendVerificationEmail(email) });
  return (
    <div className="flex flex-col gap-4">
      <FormTitle>Check your email</FormTitle>
      <RequestError error={again.error} />
      <p className="text-ink-2" role="status">
        {again.isSuccess ? 'We sent another link to ' : 'We sent a link to '}
        <span className="break-words font-medium text-ink">{email}</span>. Open it to confirm your email
        address, then sign in.
      </p>
      <Button size="lg" isBusy={again.isPending} onClick={() => again.mutate()}>
        Send the email again
      </Button>
      <p className="text-ink-2 text-sm">
        Confirmed already? <FooterLink href={paths.signIn()}>Sign in</FooterLink>
      </p>
    </div>
  );
}
