'use client';

import { secretName, secretValue } from '@podex/contracts/secrets';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { DialogActions } from '#components/dialog.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
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

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const chosen = secretName.safeParse(name ?? form.get('name'));
    const typed = secretValue.safeParse(form.get('value'));
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
    <form onSubmit={onSubmit} noValidate autoComplete="off" className="flex flex-col gap-4">
      {set.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(set.error)}
        </Notice>
      )}
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
      <Field
        label={name === undefined ? 'Value' : `New value of ${name}`}
        hint="You can't see it again after saving."
        error={problems.value ?? (name === undefined ? undefined : problems.name)}
      >
        {(control) => (
          <textarea
            {...control}
            name="value"
            rows={4}
            autoComplete="off"
            spellCheck={false}
            className={`${CONTROL_CLASS} py-1.5 font-mono`}
          />
        )}
      </Field>
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={set.isPending}>
          Save secret
        </Button>
      </DialogActions>
    </form>
  );
}
