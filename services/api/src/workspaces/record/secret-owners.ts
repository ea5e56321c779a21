import { PodexError } from '@podex/contracts/errors';
import type { SecretOwner } from '../../secrets/secret-owner.ts';
import type { WorkspaceRow } from './workspace-store.ts';

/**
 * Whose secrets the processes of a workspace have, later ones in place of earlier ones of the same name. All who can run something in it
 * can read them: so a person’s own go only where that person alone gets in, and a team’s only into workspaces of the team.
 */
export function ownersOfSecrets(
  workspace: Pick<WorkspaceRow, 'id' | 'owner_id' | 'team_id'> & { is_shared: boolean },
): SecretOwner[] {
  const own: SecretOwner = { kind: 'workspace', id: workspace.id };
  if (workspace.team_id !== null) return [{ kind: 'team', id: workspace.team_id }, own];
  return workspace.is_shared ? [own] : [{ kind: 'user', id: workspace.owner_id }, own];
}

/**
 * Before others get in: processes keep the variables that they were started with, and who runs something beside them can read those.
 *
 * @throws PodexError conflict.
 */
export function requireNoOwnSecretsInside({
  told_own_secrets: isTold,
}: Pick<WorkspaceRow, 'told_own_secrets'>) {
  if (!isTold) return;
  throw new PodexError(
    'conflict',
    'What runs in this workspace has your own secrets. Stop the workspace first: while others have it, it does not get them.',
    { reason: 'own_secrets_inside' },
  );
}
