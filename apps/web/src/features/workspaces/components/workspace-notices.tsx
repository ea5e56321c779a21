'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatUntil } from '#lib/format.ts';
import { may } from '#lib/may.ts';
import { useKeepAlive, useRetrySetup } from '../api/change-workspace.ts';
import type { DiskNotice } from '../model/disk-words.ts';
import { hasNotices, isStoppingSoon } from '../model/workspace-notices.ts';
import { DiskFull } from './disk-use.tsx';
import { UpdateNotice } from './update-notice.tsx';

interface WorkspaceNoticesProps {
  workspace: Workspace;
  disk: DiskNotice | undefined;
  now: number;
}

/** Shown above a workspace that runs: what happened to it, how full it is, and which part of its setup is missing. */
export function WorkspaceNotices({ workspace, disk, now }: WorkspaceNoticesProps) {
  if (disk === undefined && !hasNotices(workspace, now)) return null;
  const { reason, setup } = workspace;
  return (
    <div className="flex shrink-0 flex-col gap-2 border-b p-2" data-testid="workspace-notices">
      {isStoppingSoon(workspace, now) && <StopsSoon workspace={workspace} now={now} />}
      {disk !== undefined && <DiskFull notice={disk} />}
      {reason !== null && <Notice tone="warning">{reason}</Notice>}
      {setup?.status === 'running' && (
        <Notice tone="accent">
          The repository is being cloned.{setup.reason !== null && ` ${setup.reason}`}
        </Notice>
      )}
      {setup?.status === 'failed' && <FailedSetup workspace={workspace} reason={setup.reason} />}
      <UpdateNotice workspace={workspace} />
    </div>
  );
}

function StopsSoon({ workspace, now }: { workspace: Workspace; now: number }) {
  const keep = useKeepAlive(workspace.id);
  return (
    <Notice
      tone="warning"
      isAlert
      title={`Stops ${formatUntil(workspace.stops_at ?? '', now)}`}
      actions={
        may(workspace.relation, 'keep running') && (
          <Button size="sm" isBusy={keep.isPending} onClick={() => keep.mutate()}>
            Keep running
          </Button>
        )
      }
    >
      {keep.isError
        ? messageOf(keep.error)
        : 'Nobody has used this workspace for a while. Its files and installed packages are kept.'}
    </Notice>
  );
}

function FailedSetup({ workspace, reason }: { workspace: Workspace; reason: string | null }) {
  const retry = useRetrySetup(workspace.id);
  return (
    <Notice
      tone="danger"
      isAlert
      title="Setup failed"
      actions={
        may(workspace.relation, 'retry setup') && (
          <Button size="sm" isBusy={retry.isPending} onClick={() => retry.mutate()}>
            Retry
          </Button>
        )
      }
    >
      {retry.isError ? messageOf(retry.error) : reason}
    </Notice>
  );
}
