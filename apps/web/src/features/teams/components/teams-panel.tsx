'use client';

import type { Team } from '@podex/contracts/access';
import { useQuery } from '@tanstack/react-query';
import { Plus, UsersRound } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { Card } from '#components/section.tsx';
import { countOf } from '#lib/format.ts';
import { paths } from '#lib/paths.ts';
import { teamsQuery } from '#lib/teams-query.ts';
import { useCreateTeam } from '../api/teams.ts';
import { NAME_MAX_CHARACTERS, TEAM_ROLE_NAMES } from '../model/team-roles.ts';

/** The teams that the person is in. */
export function TeamsPanel() {
  const [isCreating, setCreating] = useState(false);
  const teams = useQuery(teamsQuery());
  return (
    <>
      <PageHeading
        title="Teams"
        description="A team's workspaces are there for all its members."
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden className="size-4" />
            New team
          </Button>
        }
      />
      <Card>
        <LoadedRows
          query={teams}
          what="your teams"
          label="Teams"
          empty={
            <EmptyState icon={<UsersRound />} title="You are in no team">
              Create one and add people to it, or ask to be added to theirs.
            </EmptyState>
          }
        >
          {(team) => <TeamRow key={team.id} team={team} />}
        </LoadedRows>
      </Card>
      <CreateTeamDialog isOpen={isCreating} onOpenChange={setCreating} />
    </>
  );
}

function TeamRow({ team }: { team: Team }) {
  return (
    <li
      className="relative flex items-center justify-between gap-4 px-4 py-3 hover:bg-hover"
      data-testid="team-row"
    >
      <div className="min-w-0">
        <Link href={paths.team(team.id)} className="block truncate font-medium after:absolute after:inset-0">
          {team.name}
        </Link>
        <p className="text-ink-2 text-xs">
          {countOf(team.members, 'member')} · {countOf(team.workspaces, 'workspace')}
        </p>
      </div>
      {team.role !== null && <Badge>{TEAM_ROLE_NAMES[team.role]}</Badge>}
    </li>
  );
}

function CreateTeamDialog(dialog: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }) {
  const router = useRouter();
  const create = useCreateTeam();
  return (
    <PromptDialog
      {...dialog}
      title="New team"
      label="Name"
      placeholder="Web shop"
      maxLength={NAME_MAX_CHARACTERS}
      action="Create"
      request={create}
      onSubmit={(name) => create.mutate(name, { onSuccess: ({ id }) => router.push(paths.team(id)) })}
    />
  );
}
