'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { KeyRound, Play, Square, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type PowerChange, usePowerWorkspace } from '../api/change-workspace.ts';
import { standingOf } from '../model/workspace-status.ts';
import { DeleteWorkspaceDialog } from './delete-workspace-dialog.tsx';

interface WorkspaceMenuProps {
  workspace: Workspace;
  trigger: ReactNode;
  align?: 'start' | 'end';
  onDeleted?: () => void;
  /** Opens what belongs to another feature; left out where there is no place for it. */
  onSecrets?: () => void;
}

/** What can be done to a workspace as a whole. */
export function WorkspaceMenu({
  workspace,
  trigger,
  align = 'end',
  onDeleted,
  onSecrets,
}: WorkspaceMenuProps) {
  const [isDeleting, setDeleting] = useState(false);
  const power = usePowerWorkspace(workspace.id);
  const standing = standingOf(workspace);
  const change = (to: PowerChange) =>
    power.mutate(to, {
      onError: (error) => toast.error(`Couldn't ${to} ${workspace.name}`, { description: messageOf(error) }),
    });
  return (
    <>
      <Menu align={align} trigger={trigger}>
        <MenuItem
          icon={<Play aria-hidden />}
          isDisabled={!standing.canStart || power.isPending}
          onSelect={() => change('start')}
        >
          Start
        </MenuItem>
        <MenuItem
          icon={<Square aria-hidden />}
          isDisabled={!standing.canStop || power.isPending}
          onSelect={() => change('stop')}
        >
          Stop
        </MenuItem>
        {onSecrets !== undefined && (
          <MenuItem icon={<KeyRound aria-hidden />} onSelect={onSecrets}>
            Secrets…
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem icon={<Trash2 aria-hidden />} isDangerous onSelect={() => setDeleting(true)}>
          Delete…
        </MenuItem>
      </Menu>
      <DeleteWorkspaceDialog
        workspace={workspace}
        isOpen={isDeleting}
        onOpenChange={setDeleting}
        onDeleted={onDeleted}
      />
    </>
  );
}
