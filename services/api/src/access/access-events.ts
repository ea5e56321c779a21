import type { TeamId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { Work } from '../database/transact.ts';
import { appendEvents } from '../events/event-store.ts';
import { topicOf } from '../events/topics.ts';

/** Tells people that what they have has changed: a workspace or a team has come, or gone, or they are something else to it. */
export async function appendAccessChanged(
  work: Work,
  people: readonly UserId[],
  { workspaceId, teamId }: { workspaceId?: WorkspaceId; teamId?: TeamId },
): Promise<void> {
  const body = {
    type: 'access.changed',
    workspace_id: workspaceId ?? null,
    team_id: teamId ?? null,
  } as const;
  for (const person of [...people].sort()) await appendEvents(work, topicOf.user(person), [body]);
}
