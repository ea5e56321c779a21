'use client';

import { addGitSshKeyInput } from '@podex/contracts/git-ssh-keys';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { toast } from '#components/toaster.tsx';
import { useAddGitSshKey } from '../api/git-ssh-keys-query.ts';

interface AddGitSshKeyDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function AddGitSshKeyDialog({ isOpen, onOpenChange }: AddGitSshKeyDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="New git SSH key"
      description="Podex makes the key. Copy its public half to your account at the host, or to the deploy keys of one repository."
    >
      <AddGitSshKeyForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function AddGitSshKeyForm({ onDone }: { onDone: () => void }) {
  const [problem, setProblem] = useState<string>();
  const add = useAddGitSshKey();

  function onSubmit(form: FormData) {
    const input = addGitSshKeyInput.safeParse({
      host: fieldText(form, 'host').trim().toLowerCase(),
      repository: fieldText(form, 'repository').trim() || null,
    });
    setProblem(input.success ? undefined : 'Enter a host like github.com, and a repository like owner/name.');
    if (!input.success) return;
    add.mutate(input.data, {
      onSuccess: ({ host }) => {
        toast.success(`Key for ${host} made`);
        onDone();
      },
    });
  }

  return (
    <Form request={add} action="Make key" onCancel={onDone} onSubmit={onSubmit}>
      <TextField
        label="Host"
        name="host"
        placeholder="github.com"
        autoComplete="off"
        autoFocus
        spellCheck={false}
        error={problem}
      />
      <TextField
        label="Repository"
        name="repository"
        isOptional
        placeholder="owner/name"
        hint="For a deploy key. Empty: all repositories at the host."
        autoComplete="off"
        spellCheck={false}
      />
    </Form>
  );
}
