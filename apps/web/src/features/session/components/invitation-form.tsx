'use client';

import { invitationSecret } from '@podex/contracts/invitations';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Notice } from '#components/notice.tsx';
import { Spinner } from '#components/spinner.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { signUp } from '../api/authenticate.ts';
import { openInvitationQuery } from '../api/registration-query.ts';
import { CredentialsForm, FooterLink, MIN_PASSWORD_LENGTH } from './credentials-form.tsx';

const UNUSABLE = 'This link is not complete. Copy the whole of it, or ask an admin for a new one.';

/** Where the link of an invitation leads. Its secret stands behind the #, which only the browser sees. */
export function InvitationForm() {
  const token = useTokenOfAddress();
  if (token === undefined) return <Loading />;
  if (token === null) return <Unusable message={UNUSABLE} />;
  return <InvitedForm token={token} />;
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

/** Undefined until the browser has told, null when there is none. */
function useTokenOfAddress(): string | null | undefined {
  const [token, setToken] = useState<string | null>();
  useEffect(() => {
    const read = () => {
      const given = new URLSearchParams(window.location.hash.slice(1)).get('token');
      setToken(invitationSecret.safeParse(given).data ?? null);
    };
    read();
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  return token;
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
