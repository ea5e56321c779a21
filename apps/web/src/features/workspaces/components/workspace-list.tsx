'use client';

import { WORKSPACE_SIZES, type Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { Ellipsis, GitBranch, Play, Square, UsersRound } from 'lucide-react';
import Link from 'next/link';
import { IconButton } from '#components/icon-button.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatAgo, formatMegabytes } from '#lib/format.ts';
import { may } from '#lib/may.ts';
import { paths } from '#lib/paths.ts';
import { teamsQuery } from '#lib/teams-query.ts';
import { useNow } from '#lib/use-now.ts';
import { usePowerWorkspace } from '../api/change-workspace.ts';
import { whoseOf } from '../model/sharing.ts';
import { standingOf } from '../model/workspace-status.ts';
import { WorkspaceMenu } from './workspace-menu.tsx';
import { WorkspaceStatus } from './workspace-status.tsx';

const COLUMNS =
  'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 md:grid-cols-[minmax(0,1fr)_8rem_9rem_7rem_4.5rem]';

export function WorkspaceList({ workspaces }: { workspaces: readonly Workspace[] }) {
  const now = useNow(30_000);
  const teams = useQuery(teamsQuery()).data ?? [];
  return (
    <div className="overflow-hidden rounded-lg border bg-surface">
      <div
        aria-hidden
        className={`${COLUMNS} hidden h-8 border-b bg-sunken px-4 text-2xs text-ink-3 md:grid`}
      >
        <span>Name</span>
        <span>Status</span>
        <span>Size</span>
        <span>Last used</span>
      </div>
      <ul className="divide-y divide-line">
        {workspaces.map((workspace) => (
          <WorkspaceRow
            key={workspace.id}
            workspace={workspace}
            whose={whoseOf(workspace, teams)}
            now={now}
          />
        ))}
      </ul>
    </div>
  );
}

interface WorkspaceRowProps {
  workspace: Workspace;
  whose: string | undefined;
  now: number;
}

function WorkspaceRow({ workspace, whose, now }: WorkspaceRowProps) {
  const { cpu, memory_mb } = WORKSPACE_SIZES[workspace.size];
  const reason = workspace.reason ?? workspace.setup?.reason ?? null;
  return (
    <li className={`${COLUMNS} group relative px-4 py-2.5 hover:bg-hover`} data-testid="workspace-row">
      <div className="min-w-0">
        <Link
          href={paths.workspace(workspace.id)}
          className="block truncate font-medium text-ink text-sm after:absolute after:inset-0"
        >
          {workspace.name}
        </Link>
        {whose !== undefined && (
          <p className="flex items-center gap-1 text-ink-2 text-xs" data-testid="whose">
            <UsersRound aria-hidden className="size-3 shrink-0" />
            <span className="truncate">{whose}</span>
          </p>
        )}
        {reason !== null && <p className="line-clamp-2 text-warning text-xs">{reason}</p>}
        {reason === null && workspace.git_url !== null && (
          <p className="flex items-center gap-1 text-ink-3 text-xs">
            <GitBranch aria-hidden className="size-3 shrink-0" />
            <span className="truncate">{workspace.git_url}</span>
          </p>
        )}
        <div className="mt-1 flex flex-wrap gap-x-3 text-ink-3 text-xs md:hidden">
          <WorkspaceStatus workspace={workspace} />
          <span>{formatAgo(workspace.last_active_at, now)}</span>
        </div>
      </div>
      <div className="hidden md:block">
        <WorkspaceStatus workspace={workspace} />
      </div>
      <span className="hidden text-ink-2 text-xs tabular-nums md:block">
        {cpu} CPU · {formatMegabytes(memory_mb)}
      </span>
      <span className="hidden text-ink-3 text-xs md:block">{formatAgo(workspace.last_active_at, now)}</span>
      <div className="relative z-10 flex justify-end gap-0.5">
        <PowerButton workspace={workspace} />
        <WorkspaceMenu
          workspace={workspace}
          trigger={
            <IconButton label={`More for ${workspace.name}`}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        />
      </div>
    </li>
  );
}

function PowerButton({ workspace }: { workspace: Workspace }) {
  const power = usePowerWorkspace(workspace.id);
  const { canStart, canStop } = standingOf(workspace);
  const change = canStart ? 'start' : 'stop';
  if (!may(workspace.relation, change)) return null;
  return (
    <IconButton
      label={canStart ? `Start ${workspace.name}` : `Stop ${workspace.name}`}
      disabled={power.isPending || !(canStart || canStop)}
      onClick={() =>
        power.mutate(change, {
          onError: (error) =>
            toast.error(`Couldn't ${change} ${workspace.name}`, { description: messageOf(error) }),
        })
      }
    >
      {canStart ? (
        <Play aria-hidden className="fill-current" />
      ) : (
        <Square aria-hidden className="scale-75 fill-current" />
      )}
    </IconButton>
  );
}

export function WorkspaceListSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading workspaces"
      className="divide-y divide-line rounded-lg border bg-surface"
    >
      {[1, 2, 3].map((row) => (
        <div key={row} className="flex h-14 items-center justify-between gap-4 px-4">
          <Skeleton className="h-3.5 w-44" />
          <Skeleton className="h-3.5 w-24" />
        </div>
      ))}
    </div>
  );
}
