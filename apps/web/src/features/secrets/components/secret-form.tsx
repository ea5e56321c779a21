'use client';

import { secretName, secretValue } from '@podex/contracts/secrets';
import { useState } from 'react';
import { TextAreaField, TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { toast } from '#components/toaster.tsx';
import { type SecretsOwner, useSetSecret } from '../api/secrets-query.ts';

interface SecretFormProps {
  owner: SecretsOwner;
  /** Of the secret that gets a new value; undefined for a new secret. */
  name: string | undefined;
  onDone: () => void;
}

export function SecretForm({ owner, name, onDone }: SecretFormProps) {
  const [problems, setProblems] = useState<{ name?: string | undefined; value?: string | undefined }>({});
  const set = useSetSecret(owner);

  function onSubmit(values: FormData) {
    const chosen = secretName.safeParse(name ?? values.get('name'));
    const typed = secretValue.safeParse(values.get('value'));
    setProblems({
      name: chosen.success
        ? undefined
        : 'Use capital letters, digits and underscores, like NPM_TOKEN. Names such as PATH are reserved.',
      value: typed.success ? undefined : 'Enter a value of up to 64 KB.',
    });
    if (!(chosen.success && typed.success)) return;
    set.mutate(
      { name: chosen.data, value: typed.data },
      {
        onSuccess: () => {
          toast.success(`${chosen.data} saved`, { description: 'New terminals and commands have it.' });
          onDone();
        },
      },
    );
  }

  return (
    <Form request={set} action="Save secret" onCancel={onDone} onSubmit={onSubmit}>
      {name === undefined && (
        <TextField
          label="Name"
          name="name"
          placeholder="NPM_TOKEN"
          autoComplete="off"
          autoFocus
          spellCheck={false}
          className="font-mono"
          error={problems.name}
        />
      )}
      <TextAreaField
        label={name === undefined ? 'Value' : `New value of ${name}`}
        name="value"
        hint="You can't see it again after saving."
        error={problems.value ?? (name === undefined ? undefined : problems.name)}
        rows={4}
        autoComplete="off"
        autoFocus={name !== undefined}
      />
    </Form>
  );
}
