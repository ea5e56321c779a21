'use client';

import type { Team } from '@podex/contracts/access';
import { PodexError } from '@podex/contracts/errors';
import { useQuery } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import Link from 'next/link';
import { buttonClass } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { countOf } from '#lib/format.ts';
import { paths } from '#lib/paths.ts';
import { teamMembersQuery, teamQuery } from '../api/teams.ts';
import { coversRole } from '../model/team-roles.ts';
import { AddMemberForm } from './add-member-form.tsx';
import { MemberRow } from './member-row.tsx';
import { TeamActions } from './team-actions.tsx';

interface TeamPanelProps {
  teamId: string;
  /** Who looks. */
  userId: string;
  /** Of Podex, who manages every team, whatever their role in it. */
  isAdmin: boolean;
}

/** One team: who is in it, and what the person may change. */
export function TeamPanel({ teamId, userId, isAdmin }: TeamPanelProps) {
  const team = useQuery(teamQuery(teamId));
  if (PodexError.has(team.error, 'team_not_found')) return <GoneTeam />;
  if (team.data === undefined) {
    if (!team.isError) return <Skeleton className="h-40 w-full" />;
    return (
      <ErrorState
        title="Couldn't load this team"
        message={messageOf(team.error)}
        isRetrying={team.isFetching}
        onRetry={() => team.refetch()}
      />
    );
  }
  const { name, members, workspaces } = team.data;
  const held = isAdmin ? null : team.data.role;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-4">
        <div className="min-w-0">
          <h1 className="truncate font-semibold text-lg tracking-tight">{name}</h1>
          <p className="text-ink-2 text-xs">
            {countOf(members, 'member')} · {countOf(workspaces, 'workspace')}
          </p>
        </div>
        <TeamActions team={team.data} held={held} />
      </div>
      <div className="flex flex-col gap-4">
        {coversRole(held, 'admin') && <AddMemberForm team={team.data} held={held} />}
        <Members team={team.data} held={held} userId={userId} />
      </div>
    </>
  );
}

interface MembersProps {
  team: Team;
  held: Team['role'];
  userId: string;
}

function Members({ team, held, userId }: MembersProps) {
  const members = useQuery(teamMembersQuery(team.id));
  if (members.data === undefined) {
    if (!members.isError) return <Skeleton className="h-24 w-full" />;
    return (
      <ErrorState
        title="Couldn't load the members"
        message={messageOf(members.error)}
        isRetrying={members.isFetching}
        onRetry={() => members.refetch()}
      />
    );
  }
  return (
    <ul aria-label="Members" className="divide-y divide-line rounded-lg border bg-surface">
      {members.data.map((member) => (
        <MemberRow
          key={member.user_id}
          team={team}
          held={held}
          member={member}
          isMe={member.user_id === userId}
        />
      ))}
    </ul>
  );
}

function GoneTeam() {
  return (
    <EmptyState
      icon={<SearchX />}
      title="Team not found"
      actions={
        <Link href={paths.teams()} className={buttonClass()}>
          Go to your teams
        </Link>
      }
    >
      It was deleted, or you are not in it.
    </EmptyState>
  );
}
