import type { WorkspaceId } from '@podex/contracts/ids';
import { listPeople } from '../../access/people-store.ts';
import type { Work } from '../../database/transact.ts';
import { appendEvents } from '../../events/event-store.ts';
import { topicOf } from '../../events/topics.ts';
import { findWorkspaceById, type WorkspaceRow } from './workspace-store.ts';
import { workspaceChanged } from './workspace-view.ts';

/** Bus channel: a workspace may have to be handed out to compute. */
export const WORKSPACE_WORK_CHANNEL = 'work:workspaces';
/** Bus channel: a part of the setup of a workspace may have to be handed out. */
export const SETUP_WORK_CHANNEL = 'work:setups';
/** Bus channel: a move to another server may have to be handed out. */
export const MOVE_WORK_CHANNEL = 'work:moves';
/** Bus channel: a workspace has changed; what waits for one may go on. */
export const WORKSPACE_CHANGED_CHANNEL = 'news:workspaces';

/** Tells its readers, and everyone who has it in their list, how it is now, as the transaction will leave it. */
export async function appendWorkspaceChanged(work: Work, id: WorkspaceId): Promise<WorkspaceRow> {
  const row = await findWorkspaceById(work.tx, id);
  if (row === undefined) throw new Error(`workspace ${id} vanished within its transaction`);
  // Always the workspace before its people, and these by their ids: transactions that lock the same topics do so in one order.
  await appendEvents(work, topicOf.workspace(id), [workspaceChanged(row)]);
  work.wake(WORKSPACE_CHANGED_CHANNEL);
  for (const userId of await listPeople(work.tx, id)) {
    await appendEvents(work, topicOf.user(userId), [workspaceChanged(row)]);
  }
  return row;
}
