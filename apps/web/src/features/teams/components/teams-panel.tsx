'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus, UsersRound } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { teamsQuery } from '#lib/teams-query.ts';
import { useCreateTeam } from '../api/change-team.ts';

/** The teams that the person is in. */
export function TeamsPanel() {
  const [isCreating, setCreating] = useState(false);
  const teams = useQuery(teamsQuery());
  const create = useCreateTeam();
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="font-semibold text-lg tracking-tight">Teams</h1>
        <Button variant="primary" onClick={() => setCreating(true)}>
          <Plus aria-hidden className="size-4" />
          New team
        </Button>
      </div>
      <p className="mb-3 text-ink-2 text-xs">Everyone in a team has its workspaces.</p>
      {teams.isPending && <Skeleton className="h-24 w-full" />}
      {teams.isError && teams.data === undefined && (
        <ErrorState
          title="Can't load the teams"
          message={messageOf(teams.error)}
          isRetrying={teams.isFetching}
          onRetry={() => teams.refetch()}
        />
      )}
      {teams.data?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed py-12">
          <EmptyState icon={<UsersRound />} title="No teams yet">
            Make a team to share workspaces with several people.
          </EmptyState>
        </div>
      )}
      {teams.data !== undefined && teams.data.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {teams.data.map((team) => (
            <li key={team.id} className="flex items-center gap-4 px-4 py-3">
              <Link href={paths.team(team.id)} className="min-w-0 flex-1 truncate font-medium text-sm">
                {team.name}
              </Link>
              <span className="text-ink-2 text-xs">
                {countOf(team.members, 'member')} · {countOf(team.workspaces, 'workspace')}
              </span>
              <span className="w-16 text-right text-ink-3 text-xs capitalize">{team.role}</span>
            </li>
          ))}
        </ul>
      )}
      <PromptDialog
        isOpen={isCreating}
        onOpenChange={setCreating}
        title="New team"
        label="Name"
        action="Create"
        isBusy={create.isPending}
        error={create.isError ? messageOf(create.error) : undefined}
        onSubmit={(name) => create.mutate(name, { onSuccess: () => setCreating(false) })}
      />
    </>
  );
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
