'use client';

import type { Team } from '@podex/contracts/access';
import { AddPersonForm } from '#components/add-person-form.tsx';
import { toast } from '#components/toaster.tsx';
import { useAddMember } from '../api/teams.ts';
import { rolesToGive, TEAM_ROLE_HINTS, TEAM_ROLE_NAMES } from '../model/team-roles.ts';

/** Adds a person who has an account here. For admins of the team. */
export function AddMemberForm({ team, held }: { team: Team; held: Team['role'] }) {
  const add = useAddMember(team.id);
  return (
    <AddPersonForm
      request={add}
      action="Add member"
      roles={rolesToGive(held).map((value) => ({ value, label: TEAM_ROLE_NAMES[value] }))}
      initialRole="member"
      hints={TEAM_ROLE_HINTS}
      onAdd={(person, done) =>
        add.mutate(person, {
          onSuccess: ({ name }) => {
            done();
            toast.success(`${name || person.email} is in the team`);
          },
        })
      }
    />
  );
}
