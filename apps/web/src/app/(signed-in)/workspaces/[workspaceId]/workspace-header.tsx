'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { ChevronDown } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Tooltip } from '#components/tooltip.tsx';
import { WorkspaceSecretsDialog } from '#features/secrets/components/workspace-secrets-dialog.tsx';
import { WorkspaceMenu } from '#features/workspaces/components/workspace-menu.tsx';
import { WorkspaceStatus } from '#features/workspaces/components/workspace-status.tsx';
import { isUsable } from '#features/workspaces/model/workspace-status.ts';
import { formatUntil } from '#lib/format.ts';
import { paths } from '#lib/paths.ts';
import { useNow } from '#lib/use-now.ts';

/** How long before an idle stop it is announced. */
const WARN_BEFORE_MS = 5 * 60_000;

export function WorkspaceHeader({ workspace }: { workspace: Workspace }) {
  const router = useRouter();
  const [isShowingSecrets, setShowingSecrets] = useState(false);
  return (
    <>
      <span aria-hidden className="text-ink-3">
        /
      </span>
      <WorkspaceMenu
        workspace={workspace}
        align="start"
        onGone={() => router.push(paths.workspaces())}
        onSecrets={() => setShowingSecrets(true)}
        trigger={
          <button
            type="button"
            aria-label={`Workspace ${workspace.name}`}
            className="flex h-7 min-w-0 items-center gap-1.5 rounded-md px-2 font-medium hover:bg-hover data-[state=open]:bg-hover"
          >
            <h1 className="truncate">{workspace.name}</h1>
            <ChevronDown aria-hidden className="size-3.5 shrink-0 text-ink-3" />
          </button>
        }
      />
      <WorkspaceSecretsDialog
        workspace={workspace}
        isOpen={isShowingSecrets}
        onOpenChange={setShowingSecrets}
      />
      <span data-testid="workspace-status" data-status={workspace.status} className="shrink-0">
        <WorkspaceStatus workspace={workspace} />
      </span>
    </>
  );
}

/** Says when the workspace is about to be stopped for being idle. */
export function WorkspaceHeaderActions({ workspace }: { workspace: Workspace }) {
  const now = useNow(10_000);
  const { stops_at: stopsAt } = workspace;
  if (stopsAt === null || !isUsable(workspace) || Date.parse(stopsAt) - now > WARN_BEFORE_MS) return null;
  return (
    <Tooltip content="This workspace is idle. Use it to keep it running. Its files are kept when it stops.">
      <span>
        <Badge tone="warning">Stops {formatUntil(stopsAt, now)}</Badge>
      </span>
    </Tooltip>
  );
}
