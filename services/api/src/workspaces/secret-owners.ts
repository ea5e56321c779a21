import type { SecretOwner } from '../secrets/secret-owner.ts';
import type { WorkspaceRow } from './workspace-store.ts';

/**
 * Whose secrets the processes of a workspace have, later ones in place of earlier ones of the same name. All who can run something in it
 * can read them: so a person’s own go only where that person alone gets in.
 */
export function ownersOfSecrets(workspace: Pick<WorkspaceRow, 'id' | 'owner_id'>): SecretOwner[] {
  return [
    { kind: 'user', id: workspace.owner_id },
    { kind: 'workspace', id: workspace.id },
  ];
}
