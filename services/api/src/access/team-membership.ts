import { PodexError } from '@podex/contracts/errors';
import type { TeamId, UserId } from '@podex/contracts/ids';
import type { Db, Tx } from '../database/connect.ts';
import { findTeamRole } from './relation-store.ts';
import { coversTeamRole } from './relations.ts';

/** Who may make workspaces of a team, and move theirs to it. @throws PodexError team_not_found, forbidden. */
export async function requireTeamMember(db: Db | Tx, userId: UserId, id: TeamId): Promise<void> {
  const role = await findTeamRole(db, userId, id);
  if (role === undefined) throw new PodexError('team_not_found', 'There is no such team.', {});
  if (coversTeamRole(role, 'member')) return;
  throw new PodexError('forbidden', 'You are a viewer of this team, and this needs its member.', {});
}
