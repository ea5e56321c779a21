import type { SecretOwner } from '../secrets/secret-owner.ts';
import type { WorkspaceRow } from './workspace-store.ts';

/**
 * Whose secrets the processes of a workspace have, later ones in place of earlier ones of the same name. All who can run something in it
 * can read them: so a person’s own go only where that person alone gets in.
 */
export function ownersOfSecrets(
  workspace: Pick<WorkspaceRow, 'id' | 'owner_id' | 'team_id'> & { is_shared: boolean },
): SecretOwner[] {
  const own: SecretOwner = { kind: 'workspace', id: workspace.id };
  if (workspace.team_id !== null || workspace.is_shared) return [own];
  return [{ kind: 'user', id: workspace.owner_id }, own];
}
