'use client';

import type { Invitation } from '@podex/contracts/invitations';
import { useQuery } from '@tanstack/react-query';
import { MailPlus, Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Segmented } from '#components/segmented.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { invitationsQuery, useRevokeInvitation } from '../api/invitations-query.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { UsersList } from './users-list.tsx';

const TABS = [
  { value: 'users', label: 'Users' },
  { value: 'invitations', label: 'Invitations' },
] as const;
type Tab = (typeof TABS)[number]['value'];

/** Who has an account, and who was invited and has not come yet. For admins; `selfId` is the one who looks. */
export function PeoplePanel({ selfId }: { selfId: string }) {
  const [tab, setTab] = useState<Tab>('users');
  const [isInviting, setInviting] = useState(false);

  function invite() {
    // Where the new invitation appears.
    setTab('invitations');
    setInviting(true);
  }

  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="font-semibold text-lg tracking-tight">People</h1>
        <div className="flex items-center gap-2">
          <Segmented label="Show" value={tab} onChoose={setTab} options={TABS} />
          <Button variant="primary" onClick={invite}>
            <Plus aria-hidden className="size-4" />
            Invite
          </Button>
        </div>
      </div>
      {tab === 'users' ? <UsersList selfId={selfId} /> : <InvitationsList />}
      <InviteDialog isOpen={isInviting} onOpenChange={setInviting} />
    </>
  );
}

function InvitationsList() {
  const invitations = useQuery(invitationsQuery());
  return (
    <>
      <p className="mb-3 text-ink-2 text-xs">Open invitations. Each is good for one person, once.</p>
      {invitations.isPending && <Skeleton className="h-24 w-full" />}
      {invitations.isError && invitations.data === undefined && (
        <ErrorState
          title="Can't load the invitations"
          message={messageOf(invitations.error)}
          isRetrying={invitations.isFetching}
          onRetry={() => invitations.refetch()}
        />
      )}
      {invitations.data?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed py-12">
          <EmptyState icon={<MailPlus />} title="No open invitations">
            Invite a person to give them an account.
          </EmptyState>
        </div>
      )}
      {invitations.data !== undefined && invitations.data.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {invitations.data.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} />
          ))}
        </ul>
      )}
    </>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useRevokeInvitation();
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="truncate font-medium">
          {invitation.email}
          {invitation.role === 'admin' && <span className="font-normal text-ink-3"> · admin</span>}
        </p>
        <p className="text-ink-2 text-xs">
          {invitation.invited_by !== null && `Invited by ${invitation.invited_by} · `}
          Expires {new Date(invitation.expires_at).toLocaleDateString()}
        </p>
      </div>
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Revoke ${invitation.email}`}>
        Revoke
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Revoke this invitation?"
        description={`The link for ${invitation.email} stops working at once.`}
        action="Revoke"
        isDangerous
        isBusy={revoke.isPending}
        error={revoke.isError ? messageOf(revoke.error) : undefined}
        onConfirm={() =>
          revoke.mutate(invitation.id, { onSuccess: () => toast.success('Invitation revoked') })
        }
      />
    </li>
  );
}
