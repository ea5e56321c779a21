import type { ServerId } from '@podex/contracts/ids';
import type { DrainServerInput } from '@podex/contracts/moves';
import type { Call } from '../../calls/call.ts';
import type { Work } from '../../database/transact.ts';
import type { ServerMoves } from '../../servers/server-moves.ts';
import { findServer } from '../../servers/server-store.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { appendWorkspaceChanged, MOVE_WORK_CHANNEL } from '../record/workspace-events.ts';
import { listIdsOnServer, lockWorkspaceRow } from '../record/workspace-work-store.ts';
import { drainStep } from './drain-plan.ts';
import { leaveLostServer } from './first-starts.ts';
import { beginCleaning, countOpenMoves, listOpenMovesTo, lockOpenMove } from './move-store.ts';
import { loseWorkspace } from './moved-workspace-store.ts';
import { cancelMove, holdAndStop, queueMove } from './moves.ts';

const LOST =
  'Its server was lost; its files are gone. Start it to begin again with an empty home, or delete it.';

/** What becomes of the workspaces of a server. */
export const SERVER_MOVES: ServerMoves = {
  queue: queueMovesOfServer,
  cancelQueued: cancelQueuedMoves,
  countOpen: countOpenMoves,
  lose: loseWorkspaces,
};

/** Queues a move of each workspace on the server that is not on its way already. The caller has locked fleet and server. */
async function queueMovesOfServer(
  work: Work,
  id: ServerId,
  { active }: DrainServerInput,
  call: Call,
): Promise<void> {
  for (const workspaceId of await listIdsOnServer(work.tx, id)) {
    const row = await lockWorkspaceRow(work.tx, workspaceId);
    if (row === undefined || row.server_id !== id) continue;
    const open = await lockOpenMove(work.tx, workspaceId);
    if (open === undefined) await queueMove(work, { row, from: id, to: undefined, active, call });
    else if (open.status === 'queued' && drainStep(row, active) === 'stop')
      await holdAndStop(work, row, open.id);
  }
}

/** Cancels the moves away from the server that nothing was copied for yet. */
async function cancelQueuedMoves(work: Work, id: ServerId): Promise<void> {
  for (const workspaceId of await listIdsOnServer(work.tx, id)) {
    await lockWorkspaceRow(work.tx, workspaceId);
    const open = await lockOpenMove(work.tx, workspaceId);
    if (open?.status === 'queued') await cancelMove(work, workspaceId);
  }
}

/** Those that were wanted no more are gone with it; the others stay for their owners to see. */
async function loseWorkspaces(work: Work, id: ServerId, call: Call): Promise<number> {
  const ids = await listIdsOnServer(work.tx, id);
  const server = await findServer(work.tx, id);
  if (server === undefined) return 0;
  for (const workspaceId of ids) {
    const row = await lockWorkspaceRow(work.tx, workspaceId);
    if (row === undefined || row.server_id !== id) continue;
    if ((await leaveLostServer(work, row, server)) === 'left') continue;
    const open = await lockOpenMove(work.tx, workspaceId);
    if (open !== undefined && open.status !== 'cleaning') {
      const reason = 'The server that it was moved from was lost.';
      await beginCleaning(work.tx, open.id, { outcome: 'failed', reason, keepsLease: false });
    }
    await loseWorkspace(work.tx, workspaceId, LOST);
    await appendWorkspaceChanged(work, workspaceId);
    appendWorkspaceAudit(work, call, row, 'workspace.lost', { server: id });
  }
  for (const workspaceId of await listOpenMovesTo(work.tx, id)) {
    await lockWorkspaceRow(work.tx, workspaceId);
    await cancelMove(work, workspaceId);
  }
  work.wake(MOVE_WORK_CHANNEL);
  return ids.length;
}
