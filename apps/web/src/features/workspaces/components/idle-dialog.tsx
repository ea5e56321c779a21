'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form } from '#components/form.tsx';
import { SelectField } from '#components/select-field.tsx';
import { toast } from '#components/toaster.tsx';
import { useUpdateWorkspace } from '../api/change-workspace.ts';
import { choiceOf, idleChoices, secondsOf } from '../model/idle-choices.ts';

const ON_USE = [
  { value: 'yes', label: 'When it is used' },
  { value: 'no', label: 'Only with Start' },
] as const;

interface IdleDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** When a workspace that nobody uses is stopped, and what starts it again. */
export function IdleDialog({ workspace, isOpen, onOpenChange }: IdleDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="Stop when idle"
      description="Typing, running programs and the agent keep a workspace running. An open page does not. Its files and installed packages are kept when it stops."
      width="sm"
    >
      <IdleForm workspace={workspace} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function IdleForm({ workspace, onDone }: { workspace: Workspace; onDone: () => void }) {
  const [timeout, setTimeout] = useState(choiceOf(workspace.idle_timeout_seconds));
  const [onUse, setOnUse] = useState<'yes' | 'no'>(workspace.auto_start ? 'yes' : 'no');
  const update = useUpdateWorkspace(workspace.id);

  function onSubmit() {
    update.mutate(
      { idle_timeout_seconds: secondsOf(timeout), auto_start: onUse === 'yes' },
      {
        onSuccess: () => {
          toast.success('Saved');
          onDone();
        },
      },
    );
  }

  return (
    <Form request={update} action="Save" onCancel={onDone} onSubmit={onSubmit}>
      <SelectField
        label="Stop without use"
        value={timeout}
        options={idleChoices(workspace.idle_timeout_seconds)}
        onChoose={setTimeout}
      />
      <SelectField label="Start again" value={onUse} options={ON_USE} onChoose={setOnUse} />
    </Form>
  );
}
