'use client';

import { addTeamMemberInput, type Team, type TeamRole } from '@podex/contracts/access';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { SelectField } from '#components/select-field.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useAddMember } from '../api/teams.ts';
import { rolesToGive, TEAM_ROLE_HINTS, TEAM_ROLE_NAMES } from '../model/team-roles.ts';

/** Adds a person who has an account here. For admins of the team. */
export function AddMemberForm({ team, held }: { team: Team; held: Team['role'] }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<TeamRole>('member');
  const [problem, setProblem] = useState<string>();
  const add = useAddMember(team.id);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const input = addTeamMemberInput.safeParse({ email, role });
    setProblem(input.success ? undefined : 'Enter an email address.');
    if (!input.success) return;
    add.mutate(input.data, {
      onSuccess: ({ name }) => {
        setEmail('');
        toast.success(`${name || input.data.email} is in the team`);
      },
    });
  }

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-3 rounded-lg border bg-surface p-4">
      {add.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(add.error)}
        </Notice>
      )}
      <div className="grid items-start gap-3 sm:grid-cols-[1fr_9rem]">
        <TextField
          label="Email"
          type="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={problem}
        />
        <SelectField
          label="Role"
          value={role}
          options={rolesToGive(held).map((value) => ({ value, label: TEAM_ROLE_NAMES[value] }))}
          onChoose={setRole}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-60 text-ink-2 text-xs">{TEAM_ROLE_HINTS[role]}</p>
        <Button type="submit" isBusy={add.isPending}>
          Add member
        </Button>
      </div>
    </form>
  );
}
