'use client';

import { invitationSecret } from '@podex/contracts/invitations';
import { useQuery } from '@tanstack/react-query';
import { Notice } from '#components/notice.tsx';
import { Spinner } from '#components/spinner.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { signUp } from '../api/authenticate.ts';
import { openInvitationQuery } from '../api/registration-query.ts';
import { CredentialsForm } from './credentials-form.tsx';
import { FooterLink, MIN_PASSWORD_LENGTH } from './form-parts.tsx';
import { useTokenOfAddress } from './use-token-of-address.ts';

const UNUSABLE = 'This link is not complete. Copy the whole of it, or ask an admin for a new one.';

/** Where the link of an invitation leads. Its secret stands behind the #, which only the browser sees. */
export function InvitationForm() {
  const token = useTokenOfAddress();
  if (token === undefined) return <Loading />;
  const secret = invitationSecret.safeParse(token).data;
  if (secret === undefined) return <Unusable message={UNUSABLE} />;
  return <InvitedForm token={secret} />;
}

function InvitedForm({ token }: { token: string }) {
  const invitation = useQuery(openInvitationQuery(token));
  if (invitation.isPending) return <Loading />;
  if (invitation.isError) return <Unusable message={messageOf(invitation.error)} />;
  const { email, invited_by: invitedBy } = invitation.data;
  return (
    <CredentialsForm
      title="Join Podex"
      intro={
        invitedBy === null ? 'You are invited to this Podex.' : `${invitedBy} invited you to this Podex.`
      }
      action="Create account"
      submit={(form) => signUp({ ...form, invitation: token })}
      email={email}
      invitation={token}
      asksName
      passwordHint={`At least ${MIN_PASSWORD_LENGTH} characters.`}
      passwordAutoComplete="new-password"
      footer={
        <>
          Have an account? <FooterLink href={paths.signIn()}>Sign in</FooterLink>
        </>
      }
    />
  );
}

function Loading() {
  return (
    <p role="status" className="flex items-center gap-2 text-ink-3">
      <Spinner /> Opening the invitation…
    </p>
  );
}

function Unusable({ message }: { message: string }) {
  return (
    <div className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">Can't use this invitation</h1>
      <Notice tone="warning" isAlert>
        {message}
      </Notice>
      <p className="text-ink-2 text-sm">
        Have an account? <FooterLink href={paths.signIn()}>Sign in</FooterLink>
      </p>
    </div>
  );
}
