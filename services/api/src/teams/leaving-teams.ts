import { PodexError } from '@podex/contracts/errors';
import type { UserId } from '@podex/contracts/ids';
import { type AuditBy, appendAudit } from '../audit/append-audit.ts';
import type { Work } from '../database/transact.ts';
import { deleteTeam, lockSolelyOwnedTeams } from './team-store.ts';

/**
 * For a person who goes for good. A team that was theirs alone goes with them when nothing is in it.
 *
 * @throws PodexError last_team_owner when others, or workspaces, would be left without an owner.
 */
export async function leaveTeamsForGood(work: Work, by: AuditBy, userId: UserId): Promise<void> {
  const teams = await lockSolelyOwnedTeams(work.tx, userId);
  const needed = teams.filter((team) => team.has_members || team.has_workspaces);
  if (needed.length > 0) {
    const names = needed.map((team) => team.name).join(', ');
    const message = `Teams have no other owner: ${names}. Give each another owner, or delete it, first.`;
    throw new PodexError('last_team_owner', message, {});
  }
  for (const { id, name } of teams) {
    await deleteTeam(work.tx, id);
    appendAudit(work, by, { action: 'team.deleted', target: { kind: 'team', id, name }, teamId: id });
  }
}
