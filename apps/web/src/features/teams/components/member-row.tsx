'use client';

import type { Team, TeamMember } from '@podex/contracts/access';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { PersonRow } from '#components/person-row.tsx';
import { Select } from '#components/select-field.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useChangeMember, useRemoveMember } from '../api/teams.ts';
import { rolesToGive, TEAM_ROLE_NAMES } from '../model/team-roles.ts';

interface MemberRowProps {
  team: Team;
  /** What the person who looks is to the team. */
  held: Team['role'];
  member: TeamMember;
  /** It is the person who looks: they leave instead of being removed. */
  isMe: boolean;
}

/** One member, with what the person may change about them. */
export function MemberRow({ team, held, member, isMe }: MemberRowProps) {
  const [isAsking, setAsking] = useState(false);
  const change = useChangeMember(team.id, member.user_id);
  const remove = useRemoveMember(team.id, member.user_id);
  const roles = rolesToGive(held);
  const isMine = roles.includes(member.role);
  const who = member.name || member.email;
  return (
    <PersonRow
      name={member.name}
      email={member.email}
      note={isMe ? 'you' : undefined}
      error={change.isError ? messageOf(change.error) : undefined}
    >
      {isMine ? (
        <div className="w-28">
          <Select
            aria-label={`Role of ${who}`}
            value={change.isPending ? change.variables : member.role}
            options={roles.map((value) => ({ value, label: TEAM_ROLE_NAMES[value] }))}
            disabled={change.isPending}
            onChoose={(role) => change.mutate(role)}
          />
        </div>
      ) : (
        <Badge>{TEAM_ROLE_NAMES[member.role]}</Badge>
      )}
      {/* Keeps the roles in one column. */}
      {isMine && isMe && <span aria-hidden className="w-17 max-sm:hidden" />}
      {isMine && !isMe && (
        <Button size="sm" aria-label={`Remove ${who}`} onClick={() => setAsking(true)}>
          Remove
        </Button>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Remove ${who} from ${team.name}?`}
        description="They lose the team's workspaces at once, also those that they made. Nothing is deleted."
        action="Remove"
        isDangerous
        request={remove}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => setAsking(false) })}
      />
    </PersonRow>
  );
}
