import type { CreateMessageInput, createdMessage } from '@podex/contracts/conversations';
import type { EventBody } from '@podex/contracts/events';
import { type ConversationId, type MessageId, messageId, newId } from '@podex/contracts/ids';
import type { z } from 'zod';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import type { Work } from '../database/transact.ts';
import { appendEvents } from '../events/event-store.ts';
import { topicOf } from '../events/topics.ts';
import { holderOf } from '../quotas/holder.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { lockOwnWorkspace, wantRunning } from '../workspaces/workspaces.ts';
import { withdrawQuestions } from './approvals/approvals.ts';
import {
  type ConversationRow,
  getOwnConversation,
  lockConversation,
  updateConversation,
} from './transcript/conversation-store.ts';
import { findMessage, insertMessage } from './transcript/message-store.ts';
import { getLastStepIndex } from './transcript/step-store.ts';
import { insertTurn, lockActiveTurns, type TurnRow } from './transcript/turn-store.ts';
import { TURN_WORK_CHANNEL } from './turns/turn-ending.ts';

const TITLE_CHARACTERS_MAX = 80;

/**
 * Takes a person’s message in the caller’s transaction: it steers the turn that runs, or begins one of its own. Its workspace is
 * wanted running again.
 */
export async function sendMessage(
  work: Work,
  quotas: Quotas,
  id: ConversationId,
  input: CreateMessageInput,
  call: Call,
): Promise<z.infer<typeof createdMessage>> {
  await lockConversation(work.tx, id);
  const conversation = await getOwnConversation(work.tx, call.actor, id);
  const newMessage = newId('message');
  const sent = await createOnce(work.tx, call, { id: newMessage, schema: messageId }, async () => {
    // Conversation, workspace, turn and then whose it is: the order of locks everywhere.
    const workspace = await lockOwnWorkspace(work, call, conversation.workspace_id);
    const steered = input.delivery === 'steer' ? await findSteerable(work, id) : undefined;
    if (steered === undefined) {
      await quotas.requireRoomForTurn(work.tx, holderOf(workspace, call.actor.userId));
    }
    await wantRunning(work, quotas, call, workspace);
    await addMessage(work, conversation, { id: newMessage, text: input.text, steered });
  });
  const message = await findMessage(work.tx, sent);
  if (message === undefined) throw new Error(`message ${sent} vanished within its transaction`);
  return { message_id: message.id, turn_id: message.turn_id };
}

async function addMessage(
  work: Work,
  conversation: ConversationRow,
  { id, text, steered }: { id: MessageId; text: string; steered: TurnRow | undefined },
): Promise<void> {
  const turnId = steered?.id ?? newId('turn');
  const events: EventBody[] = [];
  if (steered === undefined) {
    await insertTurn(work.tx, turnId, conversation.id);
    events.push({ type: 'turn.queued', turn_id: turnId });
    work.wake(TURN_WORK_CHANNEL);
  }
  const beforeStep = steered === undefined ? 0 : (await getLastStepIndex(work.tx, turnId)) + 1;
  await insertMessage(work.tx, { id, turnId, text, beforeStep });
  events.unshift({ type: 'message.created', turn_id: turnId, message_id: id, role: 'user', text });
  await appendEvents(work, topicOf.conversation(conversation.id), events);
  if (steered !== undefined) await withdrawQuestions(work, steered);
  const title = conversation.title === '' ? titleFrom(text) : undefined;
  await updateConversation(work.tx, conversation.id, { title });
}

/** The oldest turn that has not ended, unless it is being cancelled: what is said now is not meant for that one. */
async function findSteerable(work: Work, id: ConversationId): Promise<TurnRow | undefined> {
  const [oldest] = await lockActiveTurns(work.tx, id);
  return oldest === undefined || oldest.cancel_requested ? undefined : oldest;
}

/** The first line, cut at a word. */
export function titleFrom(text: string): string {
  const line =
    text
      .trim()
      .split('\n')[0]
      ?.trim()
      .replaceAll(/[\s\p{Cc}]+/gu, ' ') ?? '';
  if (line.length <= TITLE_CHARACTERS_MAX) return line;
  const cut = line.slice(0, TITLE_CHARACTERS_MAX).replace(/\s+\S*$/, '');
  return `${cut.toWellFormed()}…`;
}
