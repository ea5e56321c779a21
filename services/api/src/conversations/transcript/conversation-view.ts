import type { Conversation, Turn, TurnWaiting } from '@podex/contracts/conversations';
import { EMPTY_USAGE, type UsageSum } from '@podex/contracts/model-usage';
import type { ConversationRow } from './conversation-store.ts';
import type { TurnRow } from './turn-store.ts';

const UNTITLED = 'New conversation';

export function presentConversation(
  row: ConversationRow,
  activeTurn: TurnRow | undefined,
  usage: UsageSum | undefined,
): Conversation {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    title: row.title === '' ? UNTITLED : row.title,
    mode: row.mode,
    model: row.model,
    reasoning_effort: row.reasoning_effort,
    active_turn: activeTurn === undefined ? null : presentTurn(activeTurn),
    usage: usage ?? EMPTY_USAGE,
    last_seq: row.last_seq,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function presentTurn(row: TurnRow): Turn {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    status: row.status,
    waiting: presentWaiting(row),
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

export function presentWaiting(row: TurnRow): TurnWaiting | null {
  if (row.waiting_reason === null) return null;
  return {
    reason: row.waiting_reason,
    wake_at: row.wake_at?.toISOString() ?? null,
    message: row.waiting_message,
  };
}
