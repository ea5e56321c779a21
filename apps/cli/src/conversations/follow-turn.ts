import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import type { Conversation } from '@podex/contracts/conversations';
import type { ConversationEvent } from '@podex/contracts/events';
import type { Transcript, TranscriptTurn } from '@podex/contracts/transcript';
import type { AskApi } from '../connection/api-request.ts';
import type { ApiConnection } from '../connection/connect.ts';
import { getNewestTurns } from './conversation-requests.ts';
import { readFeed } from './event-feed.ts';

export interface FollowedTurn {
  conversationId: string;
  turnId: string;
  /** Its answer is followed: the turn that fails before it reads the message leaves it to the next. */
  messageId?: string;
  /** What is known already. */
  from: Transcript;
}

export interface TurnView {
  /** Each event of the conversation: as api sent it, and what it says if this version knows its kind. */
  event?(json: string, event: ConversationEvent | undefined): void;
  /** How the turn is now. */
  turn(turn: TranscriptTurn): void;
  connection(state: 'lost' | 'restored'): void;
}

/** From where a conversation is followed: everything of a turn that runs, and nothing of those that have ended. */
export async function startOf(
  ask: AskApi,
  { id, active_turn: active, last_seq: lastSeq }: Conversation,
): Promise<Transcript> {
  return active === null ? { lastSeq, turns: [] } : readNewest(ask, id);
}

async function readNewest(ask: AskApi, conversationId: string): Promise<Transcript> {
  const { items, seq } = await getNewestTurns(ask, conversationId);
  return { lastSeq: seq, turns: items.toReversed() };
}

/**
 * Shows a turn until it has ended.
 *
 * @throws the reason of `signal`; CliError when api refuses.
 */
export async function followTurn(
  connection: Pick<ApiConnection, 'ask' | 'withAddress'>,
  { conversationId, turnId, messageId, from }: FollowedTurn,
  view: TurnView,
  signal: AbortSignal,
): Promise<TranscriptTurn> {
  let transcript = from;
  let followed = turnId;
  const show = () => {
    const turn = transcript.turns.find(({ id }) => id === followed);
    if (turn !== undefined) view.turn(turn);
    return turn?.ended_at == null ? undefined : turn;
  };
  const known = show();
  if (known !== undefined) return known;
  const onConnection = view.connection;
  const feed = { conversationId, after: from.lastSeq, signal, onConnection };
  for await (const item of readFeed(connection, feed)) {
    if (item.type === 'reset') {
      transcript = await readNewest(connection.ask, conversationId);
    } else {
      view.event?.(item.json, item.event);
      if (item.event === undefined) continue;
      transcript = applyConversationEvent(transcript, item.event);
      followed = turnOfMessage(item.event, messageId) ?? followed;
    }
    const ended = show();
    if (ended !== undefined) return ended;
  }
  throw new Error('the feed has no end');
}

function turnOfMessage(event: ConversationEvent, messageId: string | undefined): string | undefined {
  return event.type === 'message.created' && event.message_id === messageId ? event.turn_id : undefined;
}
