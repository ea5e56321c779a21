import { assertNever } from './errors.ts';
import { type ConversationEvent, TOOL_OUTPUT_MAX_CHARACTERS } from './events.ts';
import type { StepId, TurnId } from './ids.ts';
import type { ProseItem, ToolCallItem, Transcript, TranscriptItem, TranscriptTurn } from './transcript.ts';

type EventOf<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>;

/**
 * The conversation after one more event. An event that it has already, by its seq, changes nothing. api folds what it stores with
 * this and a client folds what it follows, so that a page that was read and a page that was followed are the same.
 */
export function applyConversationEvent(transcript: Transcript, event: ConversationEvent): Transcript {
  if (event.seq <= transcript.lastSeq) return transcript;
  const known = event.type === 'message.created' ? withoutMessage(transcript.turns, event) : transcript.turns;
  const index = known.findIndex(({ id }) => id === event.turn_id);
  const before = known[index] ?? newTurn(event.turn_id);
  const after = applyToTurn(before, event);
  const turns = index === -1 ? [...known, after] : known.with(index, after);
  return { lastSeq: event.seq, turns };
}

/** A message that its turn failed without reading is said again, with the turn that reads it. */
function withoutMessage(
  turns: readonly TranscriptTurn[],
  { message_id: messageId }: EventOf<'message.created'>,
): readonly TranscriptTurn[] {
  const index = turns.findIndex(({ items }) => items.some(({ key }) => key === messageId));
  const turn = turns[index];
  if (turn === undefined) return turns;
  return turns.with(index, { ...turn, items: turn.items.filter(({ key }) => key !== messageId) });
}

function newTurn(id: TurnId): TranscriptTurn {
  return {
    id,
    status: 'queued',
    waiting: null,
    failure: null,
    model: null,
    started_at: null,
    ended_at: null,
    retry: null,
    usage: { input_tokens: 0, output_tokens: 0, cost_usd: null, unpriced_calls: 0 },
    checkpoint_id: null,
    items: [],
  };
}

function applyToTurn(turn: TranscriptTurn, event: ConversationEvent): TranscriptTurn {
  switch (event.type) {
    case 'message.created':
      return addMessage(turn, event);
    case 'turn.queued':
      return { ...turn, status: 'queued', waiting: null };
    case 'turn.started':
      return { ...turn, status: 'running', waiting: null, started_at: turn.started_at ?? event.at };
    case 'turn.waiting': {
      const { reason, wake_at, message } = event;
      return { ...turn, status: 'waiting', waiting: { reason, wake_at, message }, retry: null };
    }
    case 'turn.completed':
      return endTurn(turn, event.at, { status: 'completed' });
    case 'turn.cancelled':
      return endTurn(turn, event.at, { status: 'cancelled' });
    case 'turn.failed':
      return endTurn(turn, event.at, {
        status: 'failed',
        failure: { code: event.code, message: event.message },
      });
    case 'approval.resolved':
      return resolveApproval(turn, event);
    default:
      return applyStepEvent(turn.retry === null ? turn : { ...turn, retry: null }, event);
  }
}

type StepEvent = Extract<ConversationEvent, { step_id: string }>;

function applyStepEvent(turn: TranscriptTurn, event: StepEvent): TranscriptTurn {
  switch (event.type) {
    case 'step.started':
      return { ...turn, model: event.model };
    case 'step.finished':
      return turn;
    case 'step.restarted':
      return discardUnfinished({ ...turn, model: event.model ?? turn.model }, event.step_id);
    case 'step.retrying':
      return { ...turn, retry: { reason: event.reason, at: event.at, in_ms: event.retry_in_ms } };
    case 'checkpoint.created':
      return { ...turn, checkpoint_id: event.checkpoint_id };
    case 'usage.recorded':
      return addUsage(turn, event);
    case 'text.start':
    case 'text.delta':
    case 'text.end':
      return applyProse(turn, event, 'text');
    case 'reasoning.start':
    case 'reasoning.delta':
    case 'reasoning.end':
      return applyProse(turn, event, 'reasoning');
    case 'tool_call.start':
    case 'tool_call.input':
    case 'tool_call.ready':
    case 'tool_call.output':
    case 'tool_call.end':
    case 'approval.requested':
      return applyToolCall(turn, event);
    default:
      return assertNever(event);
  }
}

function addMessage(turn: TranscriptTurn, event: EventOf<'message.created'>): TranscriptTurn {
  const { message_id: id, text, at } = event;
  return { ...turn, items: [...turn.items, { type: 'message', key: id, message_id: id, text, at }] };
}

/** Whatever was open ends with its turn: nothing streams, runs or waits for an approval any more. */
function endTurn(
  turn: TranscriptTurn,
  at: string,
  end: Pick<TranscriptTurn, 'status'> & Partial<TranscriptTurn>,
): TranscriptTurn {
  return { ...turn, ...end, ended_at: at, waiting: null, retry: null, items: turn.items.map(closeItem) };
}

function closeItem(item: TranscriptItem): TranscriptItem {
  if (item.type === 'message') return item;
  if (item.type !== 'tool_call') return item.is_streaming ? { ...item, is_streaming: false } : item;
  return isOver(item) ? item : closeToolCall(item, 'cancelled');
}

/** A call that has ended needs no decision any more, whether one came or not. */
function closeToolCall(item: ToolCallItem, status: ToolCallItem['status']): ToolCallItem {
  if (item.approval?.status !== 'pending') return { ...item, status };
  return { ...item, status, approval: { ...item.approval, status: 'expired' } };
}

function isOver(item: ToolCallItem): boolean {
  return item.status !== 'preparing' && item.status !== 'running';
}

/**
 * The model is asked again for this step, so all its text of the step comes again. Once a tool call of the step has ended the
 * model's response was kept: then only what is unfinished goes.
 */
function discardUnfinished(turn: TranscriptTurn, stepId: StepId): TranscriptTurn {
  const isResponseKept = turn.items.some(
    (item) => item.type === 'tool_call' && item.step_id === stepId && isOver(item),
  );
  const items = turn.items.filter((item) => {
    if (item.type === 'message' || item.step_id !== stepId) return true;
    if (!isResponseKept) return false;
    return item.type === 'tool_call' ? isOver(item) : !item.is_streaming;
  });
  return { ...turn, items };
}

function addUsage(turn: TranscriptTurn, { usage }: EventOf<'usage.recorded'>): TranscriptTurn {
  const { input_tokens: input, output_tokens: output, cost_usd: cost, unpriced_calls: unpriced } = turn.usage;
  return {
    ...turn,
    usage: {
      input_tokens: input + usage.input_tokens,
      output_tokens: output + usage.output_tokens,
      cost_usd: usage.cost_usd === null ? cost : addUsd(cost ?? 0, usage.cost_usd),
      unpriced_calls: unpriced + (usage.cost_usd === null ? 1 : 0),
    },
  };
}

/** Costs are whole micro-dollars: their sum is one as well, however many are added. */
function addUsd(one: number, other: number): number {
  return Math.round((one + other) * 1_000_000) / 1_000_000;
}

type ProseEvent = EventOf<
  'text.start' | 'text.delta' | 'text.end' | 'reasoning.start' | 'reasoning.delta' | 'reasoning.end'
>;

function applyProse(turn: TranscriptTurn, event: ProseEvent, type: ProseItem['type']): TranscriptTurn {
  const key = `${event.step_id}/${type}/${event.part_id}`;
  const empty: ProseItem = { type, key, step_id: event.step_id, text: '', is_streaming: true };
  return changeItem(turn, empty, (item) => {
    if (!('text' in event)) return { ...item, text: '', is_streaming: true };
    // The end carries the whole text: deltas that were dropped before they came here are in it.
    if (event.type.endsWith('.end')) return { ...item, text: event.text, is_streaming: false };
    return { ...item, text: item.text + event.text };
  });
}

type ToolCallEvent = EventOf<
  | 'tool_call.start'
  | 'tool_call.input'
  | 'tool_call.ready'
  | 'tool_call.output'
  | 'tool_call.end'
  | 'approval.requested'
>;

function applyToolCall(turn: TranscriptTurn, event: ToolCallEvent): TranscriptTurn {
  const empty: ToolCallItem = {
    type: 'tool_call',
    key: event.tool_call_id,
    step_id: event.step_id,
    tool_call_id: event.tool_call_id,
    tool: 'tool' in event ? event.tool : '',
    status: 'preparing',
    summary: '',
    input: null,
    output: '',
    approval: null,
  };
  return changeItem(turn, empty, (item) => changeToolCall(item, event));
}

function changeToolCall(item: ToolCallItem, event: ToolCallEvent): ToolCallItem {
  switch (event.type) {
    case 'tool_call.start':
      return { ...item, tool: event.tool };
    case 'tool_call.input':
      return item;
    case 'tool_call.ready':
      return { ...item, tool: event.tool, status: 'running', summary: event.summary, input: event.input };
    case 'tool_call.output':
      return { ...item, output: (item.output + event.text).slice(-TOOL_OUTPUT_MAX_CHARACTERS) };
    case 'tool_call.end':
      return { ...closeToolCall(item, event.status), output: event.output };
    case 'approval.requested':
      return { ...item, approval: event.approval };
    default:
      return assertNever(event);
  }
}

function resolveApproval(turn: TranscriptTurn, event: EventOf<'approval.resolved'>): TranscriptTurn {
  const items = turn.items.map((item) =>
    item.type === 'tool_call' && item.approval?.id === event.approval_id
      ? { ...item, approval: { ...item.approval, status: event.status, answer: event.answer ?? null } }
      : item,
  );
  return { ...turn, items };
}

/** Changes the item with the key of `empty`, which is added when there is none. */
function changeItem<Item extends ProseItem | ToolCallItem>(
  turn: TranscriptTurn,
  empty: Item,
  change: (item: Item) => Item,
): TranscriptTurn {
  const index = turn.items.findLastIndex(({ key }) => key === empty.key);
  const found = turn.items[index];
  if (found === undefined) return { ...turn, items: [...turn.items, change(empty)] };
  if (!isSameType(found, empty)) return turn;
  return { ...turn, items: turn.items.with(index, change(found)) };
}

function isSameType<Item extends TranscriptItem>(item: TranscriptItem, like: Item): item is Item {
  return item.type === like.type;
}
