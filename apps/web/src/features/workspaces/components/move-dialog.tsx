'use client';

import type { Team } from '@podex/contracts/access';
import type { Workspace } from '@podex/contracts/workspaces';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form } from '#components/form.tsx';
import { SelectField } from '#components/select-field.tsx';
import { toast } from '#components/toaster.tsx';
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

  function onSubmit() {
    move.mutate(place === MYSELF ? null : place, {
      onSuccess: () => {
        toast.success(`${workspace.name} moved`);
        onDone();
      },
    });
  }

  return (
    <Form request={move} action="Move" onCancel={onDone} onSubmit={onSubmit}>
      <SelectField label="Move to" value={place} options={places} onChoose={setPlace} />
    </Form>
  );
}
