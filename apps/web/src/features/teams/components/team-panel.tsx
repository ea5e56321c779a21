'use client';

import { type Team, teamRole } from '@podex/contracts/access';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { PeopleEditor } from '#components/people-editor.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import {
  membersQuery,
  teamQuery,
  useChangeMembers,
  useDeleteTeam,
  useLeaveTeam,
} from '../api/change-team.ts';

const ROLES = [
  { value: 'member', label: 'Member', means: 'makes and edits workspaces' },
  { value: 'viewer', label: 'Viewer', means: 'sees its workspaces' },
  { value: 'admin', label: 'Admin', means: 'also manages members and deletes workspaces' },
  { value: 'owner', label: 'Owner', means: 'everything' },
];

interface TeamPanelProps {
  teamId: string;
  /** Of the platform, who manages every team. */
  isAdmin: boolean;
  /** The team is not there, or not the person’s, any more. */
  onGone: () => void;
}

/** One team and who is in it. */
export function TeamPanel({ teamId, isAdmin, onGone }: TeamPanelProps) {
  const team = useQuery(teamQuery(teamId));
  const members = useQuery(membersQuery(teamId));
  if (team.isError && team.data === undefined) {
    return (
      <ErrorState
        title="Can't load the team"
        message={messageOf(team.error)}
        isRetrying={team.isFetching}
        onRetry={() => team.refetch()}
      />
    );
  }
  if (team.data === undefined || members.data === undefined) return <Skeleton className="h-40 w-full" />;
  const people = members.data.map((member) => ({ ...member, id: member.user_id }));
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="font-semibold text-lg tracking-tight">{team.data.name}</h1>
        <TeamEnds team={team.data} isAdmin={isAdmin} onGone={onGone} />
      </div>
      <TeamMembers team={team.data} isAdmin={isAdmin} people={people} />
    </>
  );
}

interface TeamMembersProps {
  team: Team;
  isAdmin: boolean;
  people: { id: string; name: string; email: string; role: string }[];
}

function TeamMembers({ team, isAdmin, people }: TeamMembersProps) {
  const change = useChangeMembers(team.id);
  const manages = isAdmin || team.role === 'owner' || team.role === 'admin';
  return (
    <PeopleEditor
      label="Members"
      people={people}
      roles={ROLES}
      edit={
        manages
          ? {
              addLabel: 'Add',
              isBusy: change.isPending,
              error: change.isError ? messageOf(change.error) : undefined,
              onAdd: (email, role) => change.mutate({ kind: 'add', email, role: teamRole.parse(role) }),
              onChangeRole: ({ id }, role) =>
                change.mutate({ kind: 'role', userId: id, role: teamRole.parse(role) }),
              onRemove: ({ id }) => change.mutate({ kind: 'remove', userId: id }),
            }
          : undefined
      }
    />
  );
}

function TeamEnds({ team, isAdmin, onGone }: Omit<TeamPanelProps, 'teamId'> & { team: Team }) {
  const [asked, setAsked] = useState<'leave' | 'delete'>();
  const leave = useLeaveTeam(team.id);
  const remove = useDeleteTeam(team.id);
  const isLeaving = asked === 'leave';
  const action = isLeaving ? leave : remove;
  return (
    <div className="flex gap-2">
      {team.role !== null && <Button onClick={() => setAsked('leave')}>Leave</Button>}
      {(isAdmin || team.role === 'owner') && (
        <Button variant="danger" onClick={() => setAsked('delete')}>
          Delete
        </Button>
      )}
      <ConfirmDialog
        isOpen={asked !== undefined}
        onOpenChange={(isOpen) => (isOpen ? undefined : setAsked(undefined))}
        title={isLeaving ? `Leave ${team.name}?` : `Delete ${team.name}?`}
        description={
          isLeaving
            ? 'You lose access to its workspaces at once.'
            : 'A team can be deleted once it has no workspaces. This can’t be undone.'
        }
        action={isLeaving ? 'Leave' : 'Delete'}
        isDangerous
        isBusy={action.isPending}
        error={action.isError ? messageOf(action.error) : undefined}
        onConfirm={() => action.mutate(undefined, { onSuccess: onGone })}
      />
    </div>
  );
}
