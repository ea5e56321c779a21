import type { WorkspaceId } from '@podex/contracts/ids';
import type { Work } from '../database/transact.ts';
import { appendEvents } from '../events/event-store.ts';
import { topicOf } from '../events/topics.ts';
import { findWorkspaceById, type WorkspaceRow } from './workspace-store.ts';
import { workspaceChanged } from './workspace-view.ts';

/** Bus channel: a workspace may have to be handed out to compute. */
export const WORKSPACE_WORK_CHANNEL = 'work:workspaces';

/** Tells the workspace’s and its owner’s readers how it is now, as the transaction will leave it. */
export async function appendWorkspaceChanged(work: Work, id: WorkspaceId): Promise<WorkspaceRow> {
  const row = await findWorkspaceById(work.tx, id);
  if (row === undefined) throw new Error(`workspace ${id} vanished within its transaction`);
  // Always the workspace before its owner: transactions that lock both topics do so in one order.
  await appendEvents(work, topicOf.workspace(id), [workspaceChanged(row)]);
  await appendEvents(work, topicOf.user(row.owner_id), [workspaceChanged(row)]);
  return row;
}
