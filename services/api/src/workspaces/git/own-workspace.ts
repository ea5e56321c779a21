import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { Selectable } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import { ownersOfSecrets } from '../record/secret-owners.ts';
import { lockWorkspaceRow } from '../record/workspace-work-store.ts';
import { listShares } from '../sharing/share-store.ts';

/** @throws PodexError workspace_not_found, workspace_not_running. */
export async function lockRunning(tx: Tx, id: WorkspaceId): Promise<Selectable<Workspace>> {
  const workspace = await lockWorkspaceRow(tx, id);
  if (workspace === undefined) throw new PodexError('workspace_not_found', 'There is no such workspace.', {});
  if (workspace.desired_status === 'running') return workspace;
  throw new PodexError('workspace_not_running', 'The workspace is not to run any more.', {});
}

/** All who can run something in a workspace could ask as git does. */
export async function isOwnersAlone(tx: Tx, workspace: Selectable<Workspace>): Promise<boolean> {
  const isShared = (await listShares(tx, workspace.id)).length > 0;
  return ownersOfSecrets({ ...workspace, is_shared: isShared }).some(({ kind }) => kind === 'user');
}
