'use client';

import { createCheckpointInput } from '@podex/contracts/checkpoints';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { toast } from '#components/toaster.tsx';
import { useCreateCheckpoint } from '../api/checkpoints-query.ts';
import { changesOf } from '../model/checkpoint-text.ts';

interface NewCheckpointDialogProps {
  workspaceId: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function NewCheckpointDialog({ workspaceId, isOpen, onOpenChange }: NewCheckpointDialogProps) {
  const [problem, setProblem] = useState<string>();
  const create = useCreateCheckpoint(workspaceId);

  function onSubmit(values: FormData) {
    const typed = String(values.get('label') ?? '').trim();
    const label = createCheckpointInput.shape.label.safeParse(typed === '' ? undefined : typed);
    setProblem(label.success ? undefined : 'Use one line of up to 200 characters.');
    if (!label.success) return;
    create.mutate(
      { label: label.data, includeIgnored: values.get('ignored') === 'on' },
      {
        onSuccess: (made) => {
          toast.success('Checkpoint created', { description: changesOf(made) });
          onOpenChange(false);
        },
      },
    );
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="New checkpoint"
      description="Keeps the files in your home folder as they are now. Your git repositories and node_modules stay out of it."
    >
      <Form
        request={create}
        action="Create checkpoint"
        onCancel={() => onOpenChange(false)}
        onSubmit={onSubmit}
      >
        <TextField
          label="Label"
          name="label"
          placeholder="Before the upgrade"
          autoComplete="off"
          autoFocus
          isOptional
          maxLength={200}
          error={problem}
        />
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="ignored" className="size-4 accent-accent" />
          Include files that .gitignore names
        </label>
      </Form>
    </Dialog>
  );
}
