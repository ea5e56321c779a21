import type { EventBody } from '@podex/contracts/events';
import type { WorkspaceId } from '@podex/contracts/ids';
import { readClock } from '../../database/clock.ts';
import type { Work } from '../../database/transact.ts';
import { appendEvents } from '../../events/event-store.ts';
import { topicOf } from '../../events/topics.ts';
import { expireApprovals } from '../transcript/approval-store.ts';
import { cancelPendingToolCalls } from '../transcript/step-store.ts';
import {
  endTurn,
  listBusyConversations,
  lockActiveTurns,
  requestCancel,
  type TurnEnd,
  type TurnRow,
} from '../transcript/turn-store.ts';

/** Bus channel: there may be a turn to claim. */
export const TURN_WORK_CHANNEL = 'work:turns';

/** Ends a turn that is locked: nothing of it is pending afterwards, and the next one of its conversation may run. */
export async function finishTurn(work: Work, turn: TurnRow, end: TurnEnd): Promise<void> {
  await endTurn(work.tx, turn.id, end);
  const expired = await expireApprovals(work.tx, turn.id, 'all');
  await cancelPendingToolCalls(work.tx, turn.id);
  const resolved = expired.map(
    (id): EventBody => ({
      type: 'approval.resolved',
      turn_id: turn.id,
      approval_id: id,
      status: 'expired',
    }),
  );
  await appendEvents(work, topicOf.conversation(turn.conversation_id), [...resolved, endEvent(turn, end)]);
  work.wake(TURN_WORK_CHANNEL);
}

function endEvent({ id }: TurnRow, end: TurnEnd): EventBody {
  if (end.status === 'failed') {
    return { type: 'turn.failed', turn_id: id, code: end.code, message: end.message };
  }
  return { type: end.status === 'completed' ? 'turn.completed' : 'turn.cancelled', turn_id: id };
}

/**
 * Cancels a turn that is locked and has not ended. One that a worker holds ends as soon as the worker hears of it; any other
 * ends here and now.
 */
export async function cancelTurn(work: Work, turn: TurnRow): Promise<void> {
  if (isHeld(turn, await readClock(work.tx))) await requestCancel(work.tx, turn.id);
  else await finishTurn(work, turn, { status: 'cancelled' });
}

function isHeld({ status, lease_expires_at: leaseEnd }: TurnRow, now: Date): boolean {
  return status === 'running' && leaseEnd !== null && leaseEnd > now;
}

/** Cancels whatever still runs, waits or is queued in a conversation. */
export async function cancelConversationTurns(
  work: Work,
  conversationId: TurnRow['conversation_id'],
): Promise<void> {
  for (const turn of await lockActiveTurns(work.tx, conversationId)) await cancelTurn(work, turn);
}

export async function cancelWorkspaceTurns(work: Work, workspaceId: WorkspaceId): Promise<void> {
  for (const conversationId of await listBusyConversations(work.tx, workspaceId)) {
    await cancelConversationTurns(work, conversationId);
  }
}
