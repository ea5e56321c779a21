'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { may } from '#lib/may.ts';
import { useRetrySetup } from '../api/change-workspace.ts';
import { hasNotices } from '../model/workspace-notices.ts';

/** Shown above a workspace that runs: what happened to it, and which part of its setup is missing. */
export function WorkspaceNotices({ workspace }: { workspace: Workspace }) {
  if (!hasNotices(workspace)) return null;
  const { reason, setup } = workspace;
  return (
    <div className="flex shrink-0 flex-col gap-2 border-b p-2" data-testid="workspace-notices">
      {reason !== null && <Notice tone="warning">{reason}</Notice>}
      {setup?.status === 'running' && <Notice tone="accent">The repository is being cloned.</Notice>}
      {setup?.status === 'failed' && <FailedSetup workspace={workspace} reason={setup.reason} />}
    </div>
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
