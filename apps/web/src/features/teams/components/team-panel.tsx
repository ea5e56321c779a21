'use client';

import type { Team, TeamRole } from '@podex/contracts/access';
import { PodexError } from '@podex/contracts/errors';
import { useQuery } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { Button, buttonClass } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { Loaded, LoadedRows } from '#components/loaded.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Section } from '#components/section.tsx';
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
  /** What other features show of the team; `covers` tells whether the person may do what a role may. */
  children: (teamId: string, covers: (atLeast: TeamRole) => boolean) => ReactNode;
}

/** One team: who is in it, and what the person may change. */
export function TeamPanel({ teamId, userId, isAdmin, children }: TeamPanelProps) {
  const team = useQuery(teamQuery(teamId));
  if (PodexError.has(team.error, 'team_not_found')) return <GoneTeam />;
  return (
    <Loaded query={team} what="this team" height="h-40">
      {(loaded) => (
        <LoadedTeam team={loaded} held={isAdmin ? null : loaded.role} userId={userId}>
          {children}
        </LoadedTeam>
      )}
    </Loaded>
  );
}

function LoadedTeam({ team, held, userId, children }: MembersProps & Pick<TeamPanelProps, 'children'>) {
  const { name, members, workspaces } = team;
  return (
    <>
      <PageHeading
        title={name}
        description={`${countOf(members, 'member')} · ${countOf(workspaces, 'workspace')}`}
        actions={<TeamActions team={team} held={held} />}
      />
      <div className="flex flex-col gap-4">
        <Members team={team} held={held} userId={userId} />
        {children(team.id, (atLeast) => coversRole(held, atLeast))}
      </div>
    </>
  );
}

/** What follows the members of a large team is not far below them. */
const SHOWN_AT_FIRST = 50;

interface MembersProps {
  team: Team;
  held: Team['role'];
  userId: string;
}

function Members({ team, held, userId }: MembersProps) {
  const members = useQuery(teamMembersQuery(team.id));
  const [isAll, setAll] = useState(false);
  const isShort = !isAll && members.data !== undefined && members.data.length > SHOWN_AT_FIRST;
  const shown = { ...members, data: isShort ? members.data?.slice(0, SHOWN_AT_FIRST) : members.data };
  const isManager = coversRole(held, 'admin');
  return (
    <Section title="Members" description="They have the team's workspaces, each by their role." isFlush>
      {isManager && (
        <div className="border-b p-4">
          <AddMemberForm team={team} held={held} />
        </div>
      )}
      <LoadedRows query={shown} what="the members" label="Members" empty={null}>
        {(member) => (
          <MemberRow
            key={member.user_id}
            team={team}
            held={held}
            member={member}
            isMe={member.user_id === userId}
          />
        )}
      </LoadedRows>
      {isShort && (
        <div className="flex justify-center border-t p-3">
          <Button size="sm" onClick={() => setAll(true)}>
            Show all {countOf(members.data.length, 'member')}
          </Button>
        </div>
      )}
    </Section>
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
