'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { Power } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { RequestError } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Spinner } from '#components/spinner.tsx';
import { EnterPreview } from '#features/previews/components/enter-preview.tsx';
import { usePowerWorkspace } from '#features/workspaces/api/change-workspace.ts';
import { workspaceQuery } from '#features/workspaces/api/workspaces-query.ts';
import { standingOf } from '#features/workspaces/model/workspace-status.ts';
import { may } from '#lib/may.ts';

/** Beside live events, which tell of a start at once. */
const LOOK_EVERY_MS = 3_000;

/** Where a preview sends a browser that it does not know: in, or to a workspace that has to be started first. */
export function OpenPreview() {
  const query = useSearchParams();
  const workspaceId = query.get('workspace') ?? '';
  const port = Number(query.get('port'));
  const state = query.get('state') ?? '';
  const path = query.get('path') ?? '/';
  const workspace = useQuery({
    ...workspaceQuery(workspaceId),
    refetchInterval: ({ state: { data } }) => (data?.status === 'running' ? false : LOOK_EVERY_MS),
  });
  return (
    <Loaded query={workspace} what="the workspace of this preview">
      {(found) =>
        found.status === 'running' ? (
          <EnterPreview workspaceId={workspaceId} port={port} state={state} path={path} />
        ) : (
          <StartFirst workspace={found} port={port} />
        )
      }
    </Loaded>
  );
}

/** Nothing is started but by a click here: an address that leads here is no wish of the person. */
function StartFirst({ workspace, port }: { workspace: Workspace; port: number }) {
  const power = usePowerWorkspace(workspace.id);
  const { isBusy, canStart, label } = standingOf(workspace);
  if (isBusy) {
    return (
      <p role="status" className="flex items-center justify-center gap-2 text-ink-3">
        <Spinner /> {workspace.name} is {label.toLowerCase()}. The preview opens when it runs.
      </p>
    );
  }
  const isAllowed = canStart && may(workspace.relation, 'start');
  return (
    <EmptyState
      icon={<Power />}
      title={`${workspace.name} is ${label.toLowerCase()}`}
      actions={
        isAllowed && (
          <Button variant="primary" isBusy={power.isPending} onClick={() => power.mutate('start')}>
            Start workspace
          </Button>
        )
      }
    >
      {isAllowed
        ? `Start it to open the preview of port ${port}.`
        : (workspace.reason ?? 'Ask somebody who can start it.')}
      <RequestError error={power.error} />
    </EmptyState>
  );
}
