'use client';

import { emailText } from '@podex/contracts/text';
import { type FormEvent, useState } from 'react';
import type { RequestState } from '#lib/request-state.ts';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { RequestError } from './form.tsx';
import { SelectField } from './select-field.tsx';

interface AddPersonFormProps<Role extends string> {
  request: RequestState;
  /** A verb: what the button does. */
  action: string;
  /** The roles that may be given. */
  roles: readonly { value: Role; label: string }[];
  initialRole: Role;
  /** What a role may do, in one sentence. */
  hints: Record<Role, string>;
  /** `done` empties the form for the next person. */
  onAdd: (person: { email: string; role: Role }, done: () => void) => void;
}

/** Asks for a person who has an account here, by email address, and for what they may do. */
export function AddPersonForm<Role extends string>(props: AddPersonFormProps<Role>) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState(props.initialRole);
  const [problem, setProblem] = useState<string>();

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const address = emailText.safeParse(email);
    setProblem(address.success ? undefined : 'Enter an email address.');
    if (address.success) props.onAdd({ email: address.data, role }, () => setEmail(''));
  }

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-3">
      <RequestError error={props.request.error} />
      <div className="grid items-start gap-3 sm:grid-cols-[1fr_9rem]">
        <TextField
          label="Email"
          type="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={problem}
        />
        <SelectField label="Role" value={role} options={props.roles} onChoose={setRole} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-60 text-ink-2 text-xs">{props.hints[role]}</p>
        <Button type="submit" isBusy={props.request.isPending}>
          {props.action}
        </Button>
      </div>
    </form>
  );
}
