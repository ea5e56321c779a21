'use client';

import { Plus, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from './button.tsx';
import { CONTROL_CLASS } from './field.tsx';
import { IconButton } from './icon-button.tsx';
import { Notice } from './notice.tsx';

export interface Person {
  id: string;
  name: string;
  email: string;
  role: string;
}

export interface RoleChoice {
  value: string;
  label: string;
  /** What it may do, to follow its label. */
  means: string;
}

interface PeopleEditorProps {
  /** What is listed, for who can't see it. */
  label: string;
  people: readonly Person[];
  roles: readonly RoleChoice[];
  /** Left out: nothing can be changed. */
  edit?: PeopleEdit | undefined;
}

export interface PeopleEdit {
  addLabel: string;
  isBusy: boolean;
  error: string | undefined;
  onAdd: (email: string, role: string) => void;
  onChangeRole: (person: Person, role: string) => void;
  onRemove: (person: Person) => void;
}

/** People with a role each, and a line to add one by e-mail. */
export function PeopleEditor({ label, people, roles, edit }: PeopleEditorProps) {
  return (
    <div className="flex flex-col gap-3">
      {edit?.error !== undefined && (
        <Notice tone="danger" isAlert>
          {edit.error}
        </Notice>
      )}
      {edit !== undefined && <AddPerson roles={roles} edit={edit} />}
      <p className="text-ink-3 text-xs">
        {roles.map(({ label: role, means }) => `${role}: ${means}`).join('. ')}.
      </p>
      {people.length > 0 && (
        <ul aria-label={label} className="divide-y divide-line rounded-lg border bg-surface">
          {people.map((person) => (
            <PersonRow key={person.id} person={person} roles={roles} edit={edit} />
          ))}
        </ul>
      )}
    </div>
  );
}

function PersonRow({
  person,
  roles,
  edit,
}: {
  person: Person;
  roles: readonly RoleChoice[];
  edit: PeopleEdit | undefined;
}) {
  return (
    <li className="flex items-center gap-2 px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-sm">{person.name}</p>
        <p className="truncate text-ink-3 text-xs">{person.email}</p>
      </div>
      {edit === undefined ? (
        <span className="text-ink-2 text-xs">{labelOf(roles, person.role)}</span>
      ) : (
        <>
          <RoleSelect
            label={`Role of ${person.name}`}
            value={person.role}
            roles={roles}
            isDisabled={edit.isBusy}
            onChoose={(role) => edit.onChangeRole(person, role)}
          />
          <IconButton
            label={`Remove ${person.name}`}
            disabled={edit.isBusy}
            onClick={() => edit.onRemove(person)}
          >
            <X aria-hidden />
          </IconButton>
        </>
      )}
    </li>
  );
}

function AddPerson({ roles, edit }: { roles: readonly RoleChoice[]; edit: PeopleEdit }) {
  const [role, setRole] = useState(roles[0]?.value ?? '');
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const email = String(new FormData(form).get('email') ?? '').trim();
    if (email === '') return;
    edit.onAdd(email, role);
    form.reset();
  }
  return (
    <form onSubmit={onSubmit} className="flex flex-wrap gap-2">
      <input
        name="email"
        type="email"
        required
        maxLength={254}
        aria-label="Email"
        placeholder="name@example.com"
        autoComplete="off"
        className={`${CONTROL_CLASS} h-8 min-w-40 flex-1`}
      />
      <RoleSelect label="Role" value={role} roles={roles} onChoose={setRole} />
      <Button type="submit" variant="primary" isBusy={edit.isBusy}>
        <Plus aria-hidden className="size-4" />
        {edit.addLabel}
      </Button>
    </form>
  );
}

interface RoleSelectProps {
  label: string;
  value: string;
  roles: readonly RoleChoice[];
  isDisabled?: boolean;
  onChoose: (role: string) => void;
}

function RoleSelect({ label, value, roles, isDisabled, onChoose }: RoleSelectProps) {
  return (
    <select
      aria-label={label}
      value={value}
      disabled={isDisabled}
      onChange={(event) => onChoose(event.currentTarget.value)}
      className={`${CONTROL_CLASS} h-8 max-w-32`}
    >
      {roles.map((role) => (
        <option key={role.value} value={role.value}>
          {role.label}
        </option>
      ))}
    </select>
  );
}

function labelOf(roles: readonly RoleChoice[], value: string): string {
  return roles.find((role) => role.value === value)?.label ?? value;
}
