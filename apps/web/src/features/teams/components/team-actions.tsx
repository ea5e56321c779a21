'use client';

import type { Team } from '@podex/contracts/access';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { countOf } from '#lib/format.ts';
import { paths } from '#lib/paths.ts';
import { useDeleteTeam, useLeaveTeam, useRenameTeam } from '../api/teams.ts';
import { coversRole, NAME_MAX_CHARACTERS } from '../model/team-roles.ts';
import { TeamLabelsDialog } from './team-labels-dialog.tsx';

/** What the person may do to the team as a whole. */
export function TeamActions({ team, held }: { team: Team; held: Team['role'] }) {
  const [open, setOpen] = useState<'rename' | 'labels' | 'leave' | 'delete'>();
  const dialog = (which: typeof open) => ({
    team,
    isOpen: open === which,
    onOpenChange: (isOpen: boolean) => setOpen(isOpen ? which : undefined),
  });
  return (
    <div className="flex flex-wrap gap-2">
      {coversRole(held, 'admin') && <Button onClick={() => setOpen('rename')}>Rename…</Button>}
      {coversRole(held, 'admin') && <Button onClick={() => setOpen('labels')}>Server labels…</Button>}
      {team.role !== null && <Button onClick={() => setOpen('leave')}>Leave…</Button>}
      {coversRole(held, 'owner') && <Button onClick={() => setOpen('delete')}>Delete…</Button>}
      <RenameDialog {...dialog('rename')} />
      <TeamLabelsDialog {...dialog('labels')} />
      <LeaveDialog {...dialog('leave')} />
      <DeleteDialog {...dialog('delete')} />
    </div>
  );
}

interface DialogProps {
  team: Team;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

function RenameDialog({ team, ...dialog }: DialogProps) {
  const rename = useRenameTeam(team.id);
  return (
    <PromptDialog
      {...dialog}
      title="Rename team"
      label="Name"
      initialValue={team.name}
      maxLength={NAME_MAX_CHARACTERS}
      action="Rename"
      request={rename}
      onSubmit={(name) => rename.mutate(name, { onSuccess: () => dialog.onOpenChange(false) })}
    />
  );
}

function LeaveDialog({ team, ...dialog }: DialogProps) {
  const router = useRouter();
  const leave = useLeaveTeam(team.id);
  return (
    <ConfirmDialog
      {...dialog}
      title={`Leave ${team.name}?`}
      description="You lose the team's workspaces at once, also those that you made. Nothing is deleted."
      action="Leave team"
      isDangerous
      request={leave}
      onConfirm={() =>
        leave.mutate(undefined, {
          onSuccess: () => {
            toast.success(`You left ${team.name}`);
            router.push(paths.teams());
          },
        })
      }
    />
  );
}

function DeleteDialog({ team, ...dialog }: DialogProps) {
  const router = useRouter();
  const remove = useDeleteTeam(team.id);
  return (
    <ConfirmDialog
      {...dialog}
      title={`Delete ${team.name}?`}
      description={
        team.workspaces === 0
          ? `The team and its list of ${countOf(team.members, 'member')} are deleted. Nobody's account or own workspaces change. This can't be undone.`
          : `It still has ${countOf(team.workspaces, 'workspace')}. Delete them or move them to a person first.`
      }
      action="Delete team"
      isDangerous
      request={remove}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            toast.success(`${team.name} deleted`);
            router.push(paths.teams());
          },
        })
      }
    />
  );
}
