'use client';

import type { User } from '@podex/contracts/accounts';
import { useState } from 'react';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { useChangeName } from '../api/account-requests.ts';

const NAME_MAX = 80;

/** Name and address of the person who is signed in. */
export function ProfileSection({ user, onChanged }: { user: User; onChanged: () => void }) {
  const [problem, setProblem] = useState<string>();
  const change = useChangeName();

  function onSubmit(values: FormData) {
    const name = fieldText(values, 'name').trim();
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
    <Section title="Profile" description="How others here see you, in teams and where you share.">
      <Form request={change} action="Save profile" onSubmit={onSubmit}>
        <TextField
          label="Name"
          name="name"
          defaultValue={user.name}
          maxLength={NAME_MAX}
          autoComplete="name"
          error={problem}
        />
        <TextField label="Email" value={user.email} readOnly hint="You sign in with this address." />
      </Form>
    </Section>
  );
}
