'use client';

import { type Team, updateTeamInput } from '@podex/contracts/access';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextAreaField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { labelsText, parseLabels } from '#lib/labels.ts';
import { useSetTeamLabels } from '../api/teams.ts';

interface TeamLabelsDialogProps {
  team: Team;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** On which servers new workspaces of the team may live. */
export function TeamLabelsDialog({ team, isOpen, onOpenChange }: TeamLabelsDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="Server labels"
      description="New workspaces of the team live only on servers with these labels. Those that are there already stay where they are."
    >
      <TeamLabelsForm team={team} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function TeamLabelsForm({ team, onDone }: { team: Team; onDone: () => void }) {
  const [problem, setProblem] = useState<string>();
  const update = useSetTeamLabels(team.id);

  function onSubmit(form: FormData) {
    const labels = parseLabels(fieldText(form, 'labels'));
    const parsed = updateTeamInput.safeParse({ labels });
    const input = parsed.success ? parsed.data.labels : undefined;
    setProblem(input === undefined ? 'Write key=value, one per line, keys in lower case.' : undefined);
    if (input !== undefined) update.mutate(input, { onSuccess: onDone });
  }

  return (
    <Form request={update} action="Save" onCancel={onDone} onSubmit={onSubmit}>
      <TextAreaField
        label="Labels"
        name="labels"
        isOptional
        rows={3}
        defaultValue={labelsText(team.labels)}
        placeholder="disk=nvme"
        hint="One key=value per line."
        error={problem}
      />
    </Form>
  );
}
