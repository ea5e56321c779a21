'use client';

import type { Team } from '@podex/contracts/access';
import type { Workspace } from '@podex/contracts/workspaces';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { Notice } from '#components/notice.tsx';
import { SelectField } from '#components/select-field.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useMoveWorkspace } from '../api/shares.ts';
import { teamsToUse } from '../model/sharing.ts';

const MYSELF = 'myself';

interface MoveDialogProps {
  workspace: Workspace;
  teams: readonly Team[];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Moves a workspace to a team, or to oneself. For its owners. */
export function MoveDialog({ workspace, isOpen, onOpenChange, ...props }: MoveDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Move ${workspace.name}`}
      description="A team's workspace is there for all its members: its admins own it, its members edit, its viewers watch. People it is shared with keep it."
      width="sm"
    >
      <MoveForm workspace={workspace} {...props} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface MoveFormProps {
  workspace: Workspace;
  teams: readonly Team[];
  onDone: () => void;
}

function MoveForm({ workspace, teams, onDone }: MoveFormProps) {
  const places = [
    ...(workspace.team_id === null ? [] : [{ value: MYSELF, label: 'Yourself' }]),
    ...teamsToUse(teams)
      .filter(({ id }) => id !== workspace.team_id)
      .map(({ id, name }) => ({ value: id as string, label: name })),
  ];
  const [place, setPlace] = useState(places[0]?.value ?? MYSELF);
  const move = useMoveWorkspace(workspace.id);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    move.mutate(place === MYSELF ? null : place, {
      onSuccess: () => {
        toast.success(`${workspace.name} moved`);
        onDone();
      },
    });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3">
      {move.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(move.error)}
        </Notice>
      )}
      <SelectField label="Move to" value={place} options={places} onChoose={setPlace} />
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={move.isPending}>
          Move
        </Button>
      </DialogActions>
    </form>
  );
}
