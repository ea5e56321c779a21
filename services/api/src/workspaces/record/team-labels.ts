import { PodexError } from '@podex/contracts/errors';
import type { RequiredLabels } from '@podex/contracts/placement';
import type { CreateWorkspaceInput } from '@podex/contracts/workspaces';
import type { Tx } from '../../database/connect.ts';
import { readTeamLabels } from '../../teams/team-store.ts';

/**
 * What its server must have: what is asked for, and what its team asks of all of them.
 *
 * @throws PodexError conflict when the two cannot both be.
 */
export async function labelsWanted(
  tx: Tx,
  { team_id: teamId, labels = {} }: Pick<CreateWorkspaceInput, 'team_id' | 'labels'>,
): Promise<RequiredLabels> {
  const ofTeam = teamId === undefined ? {} : await readTeamLabels(tx, teamId);
  const other = Object.entries(ofTeam).find(([key, value]) => (labels[key] ?? value) !== value);
  if (other === undefined) return { ...labels, ...ofTeam };
  const [key, value] = other;
  const message = `The team keeps its workspaces on servers with ${key}=${value}. Leave the label ${key} out, or make the workspace your own.`;
  throw new PodexError('conflict', message, { reason: 'team_labels' });
}
