'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import {
  FolderInput,
  Globe,
  Hammer,
  KeyRound,
  LogOut,
  Pause,
  Play,
  ShieldCheck,
  Square,
  SquareTerminal,
  Timer,
  Trash2,
  UserPlus,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { may } from '#lib/may.ts';
import { teamsQuery } from '#lib/teams-query.ts';
import { type PowerChange, usePowerWorkspace } from '../api/change-workspace.ts';
import { isSharedWithMe, teamsToUse } from '../model/sharing.ts';
import { isUsable, standingOf } from '../model/workspace-status.ts';
import { DeleteWorkspaceDialog } from './delete-workspace-dialog.tsx';
import { DiskLabel } from './disk-use.tsx';
import { IdleDialog } from './idle-dialog.tsx';
import { LeaveWorkspaceDialog } from './leave-workspace-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { NetworkDialog } from './network-dialog.tsx';
import { RebuildDialog } from './rebuild-dialog.tsx';
import { ShareDialog } from './share-dialog.tsx';

interface WorkspaceMenuProps {
  workspace: Workspace;
  trigger: ReactNode;
  align?: 'start' | 'end';
  /** It was deleted, or given up. */
  onGone?: () => void;
  /** Open what belongs to another feature; left out where there is no place for it. */
  onSecrets?: () => void;
  onRules?: () => void;
  onConnect?: () => void;
}

type OpenDialog = 'idle' | 'network' | 'rebuild' | 'share' | 'move' | 'leave' | 'delete';

/** What this person may do to a workspace as a whole. */
export function WorkspaceMenu({
  workspace,
  trigger,
  align = 'end',
  onGone,
  onSecrets,
  onRules,
  onConnect,
}: WorkspaceMenuProps) {
  const [open, setOpen] = useState<OpenDialog>();
  const teams = useQuery(teamsQuery()).data ?? [];
  const dialog = (which: OpenDialog) => ({
    workspace,
    isOpen: open === which,
    onOpenChange: (isOpen: boolean) => setOpen(isOpen ? which : undefined),
  });
  const { relation } = workspace;
  const canMove =
    may(relation, 'move') &&
    (workspace.team_id !== null || teamsToUse(teams).some(({ id }) => id !== workspace.team_id));
  const canLeave = isSharedWithMe(workspace, teams);
  return (
    <>
      <Menu align={align} trigger={trigger}>
        <PowerItems workspace={workspace} />
        {onConnect !== undefined && may(relation, 'connect with SSH') && (
          <MenuItem icon={<SquareTerminal aria-hidden />} onSelect={onConnect}>
            Connect with SSH…
          </MenuItem>
        )}
        {may(relation, 'change settings') && (
          <MenuItem icon={<Timer aria-hidden />} onSelect={() => setOpen('idle')}>
            Stop when idle…
          </MenuItem>
        )}
        {may(relation, 'change network') && (
          <MenuItem icon={<Globe aria-hidden />} onSelect={() => setOpen('network')}>
            Network access…
          </MenuItem>
        )}
        {may(relation, 'rebuild') && (
          <MenuItem icon={<Hammer aria-hidden />} onSelect={() => setOpen('rebuild')}>
            Rebuild…
          </MenuItem>
        )}
        {onSecrets !== undefined && may(relation, 'manage secrets') && (
          <MenuItem icon={<KeyRound aria-hidden />} onSelect={onSecrets}>
            Secrets…
          </MenuItem>
        )}
        {onRules !== undefined && may(relation, 'use the agent') && (
          <MenuItem icon={<ShieldCheck aria-hidden />} onSelect={onRules}>
            Rules for agents…
          </MenuItem>
        )}
        {may(relation, 'share') && (
          <MenuItem icon={<UserPlus aria-hidden />} onSelect={() => setOpen('share')}>
            Share…
          </MenuItem>
        )}
        {canMove && (
          <MenuItem icon={<FolderInput aria-hidden />} onSelect={() => setOpen('move')}>
            Move to…
          </MenuItem>
        )}
        {canLeave && (
          <MenuItem icon={<LogOut aria-hidden />} onSelect={() => setOpen('leave')}>
            Leave…
          </MenuItem>
        )}
        {may(relation, 'delete') && (
          <>
            <MenuSeparator />
            <MenuItem icon={<Trash2 aria-hidden />} isDangerous onSelect={() => setOpen('delete')}>
              Delete…
            </MenuItem>
          </>
        )}
        <DiskLabel workspace={workspace} />
      </Menu>
      <IdleDialog {...dialog('idle')} />
      <NetworkDialog {...dialog('network')} />
      <RebuildDialog {...dialog('rebuild')} />
      <ShareDialog {...dialog('share')} />
      <MoveDialog {...dialog('move')} teams={teams} />
      <LeaveWorkspaceDialog {...dialog('leave')} onLeft={onGone} />
      <DeleteWorkspaceDialog {...dialog('delete')} onDeleted={onGone} />
    </>
  );
}

function PowerItems({ workspace }: { workspace: Workspace }) {
  const power = usePowerWorkspace(workspace.id);
  const standing = standingOf(workspace);
  const change = (to: PowerChange) =>
    power.mutate(to, {
      onError: (error) => toast.error(`Couldn't ${to} ${workspace.name}`, { description: messageOf(error) }),
    });
  return (
    <>
      {may(workspace.relation, 'start') && (
        <MenuItem
          icon={<Play aria-hidden />}
          isDisabled={!standing.canStart || power.isPending}
          onSelect={() => change('start')}
        >
          {workspace.status === 'paused' ? 'Resume' : 'Start'}
        </MenuItem>
      )}
      {may(workspace.relation, 'stop') && (
        <MenuItem
          icon={<Pause aria-hidden />}
          isDisabled={!isUsable(workspace) || power.isPending}
          onSelect={() => change('pause')}
        >
          Pause
        </MenuItem>
      )}
      {may(workspace.relation, 'stop') && (
        <MenuItem
          icon={<Square aria-hidden />}
          isDisabled={!standing.canStop || power.isPending}
          onSelect={() => change('stop')}
        >
          Stop
        </MenuItem>
      )}
    </>
  );
}
