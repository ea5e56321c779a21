'use client';

import { useMutation } from '@tanstack/react-query';
import { Button } from '#components/button.tsx';
import { RequestError } from '#components/form.tsx';
import { Spinner } from '#components/spinner.tsx';
import { paths } from '#lib/paths.ts';
import { verifyEmail } from '../api/authenticate.ts';
import { FooterLink, FormTitle } from './form-parts.tsx';
import { useTokenOfAddress } from './use-token-of-address.ts';

/** Where the link of a mail leads. A person confirms: programs that look into mail open links too. */
export function VerifyEmailForm() {
  const token = useTokenOfAddress();
  const verify = useMutation({ mutationFn: verifyEmail });
  if (token === undefined) {
    return (
      <p role="status" className="flex items-center gap-2 text-ink-3">
        <Spinner /> Opening the link…
      </p>
    );
  }
  if (verify.isSuccess) {
    return (
      <div className="flex flex-col gap-4">
        <FormTitle>Email address confirmed</FormTitle>
        <p className="text-ink-2" role="status">
          <FooterLink href={paths.signIn()}>Sign in</FooterLink> to begin.
        </p>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <FormTitle>Confirm your email address</FormTitle>
      <RequestError error={verify.error} />
      {token === null ? (
        <p className="text-ink-2">This link is not complete. Copy the whole of it from the email.</p>
      ) : (
        <>
          <p className="text-ink-2">Did you create an account on this Podex? Then confirm your address.</p>
          <Button variant="primary" size="lg" isBusy={verify.isPending} onClick={() => verify.mutate(token)}>
            Confirm email address
          </Button>
        </>
      )}
      <p className="text-ink-2 text-sm">
        Need a new link? <FooterLink href={paths.signIn()}>Sign in</FooterLink> and we will send one.
      </p>
    </div>
  );
}
