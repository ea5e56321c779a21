import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import { SYSTEM } from '../../audit/append-audit.ts';
import type { Work } from '../../database/transact.ts';
import { holderOf } from '../../quotas/holder.ts';
import type { Quotas } from '../../quotas/quotas.ts';
import { appendWorkspaceAudit } from '../../workspaces/record/workspace-audit.ts';
import { lockWorkspaceById } from '../../workspaces/record/workspace-store.ts';
import { changeDesiredStatus } from '../../workspaces/workspaces.ts';

/**
 * A turn that goes on by the clock after hours may find that its workspace was stopped for want of use. One that has no room, or whose
 * owner is suspended, stays stopped: the turn then says so.
 */
export async function startForTurn(work: Work, quotas: Quotas, id: WorkspaceId): Promise<void> {
  const workspace = await lockWorkspaceById(work.tx, id);
  if (workspace?.desired_status !== 'stopped' && workspace?.desired_status !== 'paused') return;
  try {
    await quotas.requireRoomToRun(work.tx, holderOf(workspace, undefined), workspace);
  } catch (error) {
    if (PodexError.has(error, 'limit_reached') || PodexError.has(error, 'user_suspended')) return;
    throw error;
  }
  await changeDesiredStatus(work, id, 'running');
  appendWorkspaceAudit(work, SYSTEM, workspace, 'workspace.started');
}
