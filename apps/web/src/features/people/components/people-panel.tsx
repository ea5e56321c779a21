'use client';

import type { Invitation } from '@podex/contracts/invitations';
import { useQuery } from '@tanstack/react-query';
import { MailPlus, Plus } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Row } from '#components/row.tsx';
import { Card } from '#components/section.tsx';
import { Segmented } from '#components/segmented.tsx';
import { toast } from '#components/toaster.tsx';
import { invitationsQuery, useRevokeInvitation } from '../api/invitations-query.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { UsersList, type UsersListProps } from './users-list.tsx';

const TABS = [
  { value: 'users', label: 'Users' },
  { value: 'invitations', label: 'Invitations' },
] as const;
type Tab = (typeof TABS)[number]['value'];

/** Who has an account, and who was invited and has not come yet. For admins. */
export function PeoplePanel({ selfId, limits }: UsersListProps) {
  const [tab, setTab] = useState<Tab>('users');
  const [isInviting, setInviting] = useState(false);

  function invite() {
    // Where the new invitation appears.
    setTab('invitations');
    setInviting(true);
  }

  return (
    <>
      <PageHeading
        title="People"
        description={
          tab === 'users'
            ? 'Everyone with an account on this Podex.'
            : 'Open invitations. Each is good for one person, once.'
        }
        actions={
          <>
            <Segmented label="Show" value={tab} onChoose={setTab} options={TABS} />
            <Button variant="primary" onClick={invite}>
              <Plus aria-hidden className="size-4" />
              Invite
            </Button>
          </>
        }
      />
      {tab === 'users' ? <UsersList selfId={selfId} limits={limits} /> : <InvitationsList />}
      <InviteDialog isOpen={isInviting} onOpenChange={setInviting} />
    </>
  );
}

function InvitationsList() {
  const invitations = useQuery(invitationsQuery());
  return (
    <Card>
      <LoadedRows
        query={invitations}
        what="the invitations"
        label="Invitations"
        empty={
          <EmptyState icon={<MailPlus />} title="No open invitations">
            Invite a person to give them an account.
          </EmptyState>
        }
      >
        {(invitation) => <InvitationRow key={invitation.id} invitation={invitation} />}
      </LoadedRows>
    </Card>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useRevokeInvitation();
  return (
    <Row
      title={invitation.email}
      badge={invitation.role === 'admin' && <Badge tone="accent">Admin</Badge>}
      detail={[
        ...(invitation.invited_by === null ? [] : [`Invited by ${invitation.invited_by}`]),
        `Expires ${new Date(invitation.expires_at).toLocaleDateString()}`,
      ].join(' · ')}
    >
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
        request={revoke}
        onConfirm={() =>
          revoke.mutate(invitation.id, { onSuccess: () => toast.success('Invitation revoked') })
        }
      />
    </Row>
  );
}
