'use client';

import type { User } from '@podex/contracts/accounts';
import { type FormEvent, useState } from 'react';
import { AccountSection } from '#components/account-section.tsx';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useChangeName } from '../api/account-requests.ts';

const NAME_MAX = 80;

/** Name and address of the person who is signed in. */
export function ProfileSection({ user, onChanged }: { user: User; onChanged: () => void }) {
  const [problem, setProblem] = useState<string>();
  const change = useChangeName();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    setProblem(name === '' ? 'Enter a name.' : undefined);
    if (name === '') return;
    change.mutate(name, {
      onSuccess: () => {
        toast.success('Profile saved');
        onChanged();
      },
    });
  }

  return (
    <AccountSection title="Profile">
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        {change.isError && (
          <Notice tone="danger" isAlert>
            {messageOf(change.error)}
          </Notice>
        )}
        <TextField
          label="Name"
          name="name"
          defaultValue={user.name}
          maxLength={NAME_MAX}
          autoComplete="name"
          error={problem}
        />
        <TextField label="Email" value={user.email} readOnly hint="You sign in with this address." />
        <div>
          <Button type="submit" variant="primary" isBusy={change.isPending}>
            Save profile
          </Button>
        </div>
      </form>
    </AccountSection>
  );
}
