'use client';

import { gitHost, setGitCredentialInput } from '@podex/contracts/git-credentials';
import { useState } from 'react';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { toast } from '#components/toaster.tsx';
import { useSetGitCredential } from '../api/git-credentials-query.ts';

interface GitCredentialFormProps {
  /** Of the credential that is replaced; undefined for a new one. */
  host: string | undefined;
  onDone: () => void;
}

export function GitCredentialForm({ host, onDone }: GitCredentialFormProps) {
  const [problems, setProblems] = useState<{ host?: string | undefined; token?: string | undefined }>({});
  const set = useSetGitCredential();

  function onSubmit(values: FormData) {
    const chosen = gitHost.safeParse(host ?? fieldText(values, 'host').trim().toLowerCase());
    const username = fieldText(values, 'username').trim();
    const typed = setGitCredentialInput.safeParse({
      token: fieldText(values, 'token').trim(),
      ...(username === '' ? {} : { username }),
    });
    setProblems({
      host: chosen.success ? undefined : 'Enter a host name, like github.com.',
      token: typed.success ? undefined : 'Enter the token as one word.',
    });
    if (!(chosen.success && typed.success)) return;
    set.mutate(
      { host: chosen.data, ...typed.data },
      {
        onSuccess: () => {
          toast.success(`${chosen.data} saved`);
          onDone();
        },
      },
    );
  }

  return (
    <Form request={set} action="Save credential" onCancel={onDone} onSubmit={onSubmit}>
      {host === undefined && (
        <TextField
          label="Host"
          name="host"
          placeholder="github.com"
          autoComplete="off"
          autoFocus
          spellCheck={false}
          error={problems.host}
        />
      )}
      <TextField
        label="User name"
        name="username"
        isOptional
        hint="GitHub and GitLab take any user name with a token."
        autoComplete="off"
        spellCheck={false}
      />
      <TextField
        label="Access token"
        name="token"
        type="password"
        hint="You can't see it again after saving."
        autoComplete="off"
        error={problems.token}
      />
    </Form>
  );
}
