import type { TeamId, UserId } from '@podex/contracts/ids';

/** Whose a workspace is, and what counts for them. `isCaller`: they ask themselves, and may be told what they have. */
export type Holder = { kind: 'user'; id: UserId; isCaller: boolean } | { kind: 'team'; id: TeamId };

/** `user:…` or `team:…`. */
export function nameOf({ kind, id }: Holder): string {
  return `${kind}:${id}`;
}

/** A person who asks for something of their own. */
export function ownHolder(id: UserId): Holder {
  return { kind: 'user', id, isCaller: true };
}

/** A workspace of a team counts for the team alone. `caller`: undefined when Podex itself asks. */
export function holderOf(
  workspace: { owner_id: UserId; team_id: TeamId | null },
  caller: UserId | undefined,
): Holder {
  const { owner_id: ownerId, team_id: teamId } = workspace;
  return teamId === null
    ? { kind: 'user', id: ownerId, isCaller: ownerId === caller }
    : { kind: 'team', id: teamId };
}
