import type { EventBody } from '@podex/contracts/events';
import { commandIdOfToolCall, newId, type TurnId, type WorkspaceId } from '@podex/contracts/ids';
import { readClock } from '../../database/clock.ts';
import type { Tx } from '../../database/connect.ts';
import type { Work } from '../../database/transact.ts';
import { appendEvents } from '../../events/event-store.ts';
import { topicOf } from '../../events/topics.ts';
import { closeOpenCalls } from '../../usage/model-call-store.ts';
import { expireApprovals } from '../transcript/approval-store.ts';
import { getConversationOfTurn } from '../transcript/conversation-store.ts';
import { hasUnreadFollowUp, moveUnreadMessages } from '../transcript/message-store.ts';
import {
  cancelPendingToolCalls,
  finishOpenSteps,
  getLastStepIndex,
  type ToolCallRow,
} from '../transcript/step-store.ts';
import {
  endTurn,
  insertTurn,
  listBusyConversations,
  lockActiveTurns,
  requestCancel,
  setQueued,
  type TurnEnd,
  type TurnRow,
} from '../transcript/turn-store.ts';
import { insertAbandonedCommands } from './abandoned-command-store.ts';

/** Bus channel: there may be a turn to claim. */
export const TURN_WORK_CHANNEL = 'work:turns';

const NEVER_ENDED = 'The turn ended before this did.';

/** Bus channel: there may be something to end that no worker ends. */
export const ABANDONED_CHANNEL = 'work:abandoned-turns';

/** Ends a turn that is locked: nothing of it is open afterwards, which its events say, and the next one of its conversation may run. */
export async function finishTurn(work: Work, turn: TurnRow, end: TurnEnd): Promise<void> {
  await endTurn(work.tx, turn.id, end);
  const events: EventBody[] = [
    ...(await closeApprovals(work.tx, turn.id)),
    ...(await closeToolCalls(work, turn)),
    ...(await closeOpenCalls(work.tx, turn.id, end.status === 'cancelled' ? 'cancelled' : 'broken')),
    ...(await closeSteps(work.tx, turn.id, end)),
    endEvent(turn, end),
    ...(end.status === 'failed' && !turn.cancel_requested ? await carryOnUnread(work.tx, turn) : []),
  ];
  await appendEvents(work, topicOf.conversation(turn.conversation_id), events);
  work.wake(TURN_WORK_CHANNEL);
}

async function closeApprovals(tx: Tx, id: TurnId): Promise<EventBody[]> {
  const expired = await expireApprovals(tx, id, 'all');
  return expired.map((approvalId) => ({
    type: 'approval.resolved',
    turn_id: id,
    approval_id: approvalId,
    status: 'expired',
  }));
}

async function closeToolCalls(work: Work, { id, conversation_id }: TurnRow): Promise<EventBody[]> {
  const cancelled = await cancelPendingToolCalls(work.tx, id, NEVER_ENDED);
  const commands = cancelled.filter(runsForeground).map((call) => commandIdOfToolCall(call.id));
  if (commands.length > 0) {
    const { workspace_id: workspaceId } = await getConversationOfTurn(work.tx, conversation_id);
    await insertAbandonedCommands(work.tx, commands, { workspaceId, turnId: id });
    work.wake(ABANDONED_CHANNEL);
  }
  return cancelled.map((call) => ({
    type: 'tool_call.end',
    turn_id: id,
    step_id: call.step_id,
    tool_call_id: call.id,
    status: 'cancelled',
    output: NEVER_ENDED,
  }));
}

/** A command in the background outlives its call on purpose. */
function runsForeground({ tool, input }: ToolCallRow): boolean {
  const { command, background } = input;
  return tool === 'run_command' && typeof command === 'string' && background !== true;
}

async function closeSteps(tx: Tx, id: TurnId, end: TurnEnd): Promise<EventBody[]> {
  const steps = await finishOpenSteps(tx, id);
  return steps.map((step) => ({
    type: 'step.finished',
    turn_id: id,
    step_id: step.id,
    step_index: step.step_index,
    finish_reason: end.status,
  }));
}

/** What was said to a turn that failed before it was read begins a turn of its own. */
async function carryOnUnread(tx: Tx, turn: TurnRow): Promise<EventBody[]> {
  const next = newId('turn');
  const lastStep = await getLastStepIndex(tx, turn.id);
  if (!(await hasUnreadFollowUp(tx, turn.id, lastStep))) return [];
  await insertTurn(tx, next, turn.conversation_id);
  const moved = await moveUnreadMessages(tx, { from: turn.id, to: next, lastStep });
  const said = moved.map(
    ({ id, text }): EventBody => ({
      type: 'message.created',
      turn_id: next,
      message_id: id,
      role: 'user',
      text,
    }),
  );
  return [...said, { type: 'turn.queued', turn_id: next }];
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
  if (!isHeld(turn, await readClock(work.tx))) {
    await finishTurn(work, turn, { status: 'cancelled' });
    return;
  }
  await requestCancel(work.tx, turn.id);
  work.wake(ABANDONED_CHANNEL);
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

/** What kept a turn waiting has passed. */
export async function queueTurn(work: Work, { id, conversation_id: conversationId }: TurnRow): Promise<void> {
  await setQueued(work.tx, id);
  await appendEvents(work, topicOf.conversation(conversationId), [{ type: 'turn.queued', turn_id: id }]);
  work.wake(TURN_WORK_CHANNEL);
}
