'use client';

import { addSshKeyInput } from '@podex/contracts/ssh';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextAreaField, TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { toast } from '#components/toaster.tsx';
import { useAddSshKey } from '../api/ssh-keys-query.ts';

const NAME_CHARACTERS_MAX = 100;

interface AddSshKeyDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function AddSshKeyDialog({ isOpen, onOpenChange }: AddSshKeyDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="Add SSH key"
      description="The private half stays on your computer."
      width="lg"
    >
      <AddSshKeyForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function AddSshKeyForm({ onDone }: { onDone: () => void }) {
  const [problem, setProblem] = useState<string>();
  const add = useAddSshKey();

  function onSubmit(form: FormData) {
    const input = addSshKeyInput.safeParse({
      public_key: fieldText(form, 'public_key'),
      name: fieldText(form, 'name').trim() || undefined,
    });
    setProblem(input.success ? undefined : 'Paste the one line of a .pub file.');
    if (!input.success) return;
    add.mutate(input.data, {
      onSuccess: ({ name }) => {
        toast.success(`${name} added`);
        onDone();
      },
    });
  }

  return (
    <Form request={add} action="Add key" onCancel={onDone} onSubmit={onSubmit}>
      <TextAreaField
        label="Public key"
        name="public_key"
        rows={4}
        autoFocus
        placeholder="ssh-ed25519 AAAAC3Nza… me@laptop"
        hint="The content of ~/.ssh/id_ed25519.pub, for example."
        error={problem}
      />
      <TextField
        label="Name"
        name="name"
        isOptional
        autoComplete="off"
        maxLength={NAME_CHARACTERS_MAX}
        hint="What the key calls itself when left empty."
      />
    </Form>
  );
}
