'use client';

import { SSH_DOMAIN, sshHostsOf } from '@podex/contracts/ssh-hosts';
import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { RulesDialog } from '#features/rules/components/rules-dialog.tsx';
import { WorkspaceSecretsDialog } from '#features/secrets/components/workspace-secrets-dialog.tsx';
import { ConnectDialog } from '#features/ssh/components/connect-dialog.tsx';
import { workspacesQuery } from '#features/workspaces/api/workspaces-query.ts';
import { WorkspaceMenu } from '#features/workspaces/components/workspace-menu.tsx';
import { WorkspaceStatus } from '#features/workspaces/components/workspace-status.tsx';
import { paths } from '#lib/paths.ts';

export function WorkspaceHeader({ workspace }: { workspace: Workspace }) {
  const router = useRouter();
  const [isShowingSecrets, setShowingSecrets] = useState(false);
  const [isShowingRules, setShowingRules] = useState(false);
  const [isConnecting, setConnecting] = useState(false);
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
        onRules={() => setShowingRules(true)}
        onConnect={() => setConnecting(true)}
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
      {isShowingRules && (
        <RulesDialog
          place={{ scope: 'workspace', id: workspace.id }}
          onClose={() => setShowingRules(false)}
        />
      )}
      {isConnecting && <Connect workspace={workspace} onOpenChange={setConnecting} />}
      <span data-testid="workspace-status" data-status={workspace.status} className="shrink-0">
        <WorkspaceStatus workspace={workspace} />
      </span>
    </>
  );
}

/** Of several with one name each is called otherwise. */
function Connect({
  workspace,
  onOpenChange,
}: {
  workspace: Workspace;
  onOpenChange: (isOpen: boolean) => void;
}) {
  const all = useQuery(workspacesQuery()).data ?? [workspace];
  const host = sshHostsOf(all).get(workspace.id) ?? `${workspace.id}.${SSH_DOMAIN}`;
  return <ConnectDialog host={host} workspaceId={workspace.id} isOpen onOpenChange={onOpenChange} />;
}
