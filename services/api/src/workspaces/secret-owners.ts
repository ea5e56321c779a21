import type { SecretOwner } from '../secrets/secret-owner.ts';
import type { WorkspaceRow } from './workspace-store.ts';

/**
 * Whose secrets the processes of a workspace have, later ones in place of earlier ones of the same name. All who can run something in it
 * can read them: so a person’s own go only where that person alone gets in, and a team’s only into workspaces of the team.
 */
export function ownersOfSecrets(
  { id, owner_id: ownerId, team_id: teamId }: Pick<WorkspaceRow, 'id' | 'owner_id' | 'team_id'>,
  isShared: boolean,
): SecretOwner[] {
  const own: SecretOwner = { kind: 'workspace', id };
  if (teamId !== null) return [{ kind: 'team', id: teamId }, own];
  return isShared ? [own] : [{ kind: 'user', id: ownerId }, own];
}
