'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { KeyRound, LogOut, Play, Square, Trash2, UserPlus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { mayAs } from '#lib/workspace-rights.ts';
import { type PowerChange, usePowerWorkspace } from '../api/change-workspace.ts';
import { useLeaveWorkspace } from '../api/shares-query.ts';
import { standingOf } from '../model/workspace-status.ts';
import { DeleteWorkspaceDialog } from './delete-workspace-dialog.tsx';
import { ShareDialog } from './share-dialog.tsx';

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
  const [isSharing, setSharing] = useState(false);
  const leave = useLeaveWorkspace(workspace.id);
  const { relation } = workspace;
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
          isDisabled={!standing.canStart || power.isPending || !mayAs(relation, 'terminal')}
          onSelect={() => change('start')}
        >
          Start
        </MenuItem>
        <MenuItem
          icon={<Square aria-hidden />}
          isDisabled={!standing.canStop || power.isPending || !mayAs(relation, 'editor')}
          onSelect={() => change('stop')}
        >
          Stop
        </MenuItem>
        {onSecrets !== undefined && mayAs(relation, 'editor') && (
          <MenuItem icon={<KeyRound aria-hidden />} onSelect={onSecrets}>
            Secrets…
          </MenuItem>
        )}
        {relation === 'owner' ? (
          <>
            <MenuItem icon={<UserPlus aria-hidden />} onSelect={() => setSharing(true)}>
              Share…
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 aria-hidden />} isDangerous onSelect={() => setDeleting(true)}>
              Delete…
            </MenuItem>
          </>
        ) : (
          <MenuItem
            icon={<LogOut aria-hidden />}
            isDisabled={leave.isPending}
            onSelect={() =>
              leave.mutate(undefined, {
                onError: (error) =>
                  toast.error(`Couldn't leave ${workspace.name}`, { description: messageOf(error) }),
              })
            }
          >
            Leave
          </MenuItem>
        )}
      </Menu>
      <ShareDialog workspace={workspace} isOpen={isSharing} onOpenChange={setSharing} />
      <DeleteWorkspaceDialog
        workspace={workspace}
        isOpen={isDeleting}
        onOpenChange={setDeleting}
        onDeleted={onDeleted}
      />
    </>
  );
}
