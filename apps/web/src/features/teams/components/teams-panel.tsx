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
import { ErrorState } from '#components/error-state.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
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
      <div className="mb-4 flex items-center justify-between gap-4">
        <div className="min-w-0">
          <h1 className="font-semibold text-lg tracking-tight">Teams</h1>
          <p className="text-ink-2 text-xs">A team's workspaces are there for all its members.</p>
        </div>
        <Button variant="primary" onClick={() => setCreating(true)}>
          <Plus aria-hidden className="size-4" />
          New team
        </Button>
      </div>
      {teams.isPending && <Skeleton className="h-24 w-full" />}
      {teams.isError && teams.data === undefined && (
        <ErrorState
          title="Couldn't load your teams"
          message={messageOf(teams.error)}
          isRetrying={teams.isFetching}
          onRetry={() => teams.refetch()}
        />
      )}
      {teams.data?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed py-12">
          <EmptyState icon={<UsersRound />} title="You are in no team">
            Create one and add people to it, or ask to be added to theirs.
          </EmptyState>
        </div>
      )}
      {teams.data !== undefined && teams.data.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {teams.data.map((team) => (
            <TeamRow key={team.id} team={team} />
          ))}
        </ul>
      )}
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
      isBusy={create.isPending}
      error={create.isError ? messageOf(create.error) : undefined}
      onSubmit={(name) => create.mutate(name, { onSuccess: ({ id }) => router.push(paths.team(id)) })}
    />
  );
}
