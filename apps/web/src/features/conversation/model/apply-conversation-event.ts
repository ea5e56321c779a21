import { assertNever } from '@podex/contracts/errors';
import { type ConversationEvent, TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { ConversationView, ProseItem, ToolCallItem, TurnItem, TurnView } from './conversation-view.ts';

type EventOf<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>;

/** The conversation after one more event. An event that it has already, by its seq, changes nothing. */
export function applyConversationEvent(view: ConversationView, event: ConversationEvent): ConversationView {
  if (event.seq <= view.lastSeq) return view;
  const known = event.type === 'message.created' ? withoutMessage(view.turns, event) : view.turns;
  const index = known.findIndex(({ id }) => id === event.turn_id);
  const before = known[index] ?? newTurn(event.turn_id);
  const after = applyToTurn(before, event);
  const turns = index === -1 ? [...known, after] : known.with(index, after);
  return { lastSeq: event.seq, turns };
}

/** A message that its turn failed without reading is said again, with the turn that reads it. */
function withoutMessage(
  turns: readonly TurnView[],
  { message_id: messageId }: EventOf<'message.created'>,
): readonly TurnView[] {
  const index = turns.findIndex(({ items }) => items.some(({ key }) => key === messageId));
  const turn = turns[index];
  if (turn === undefined) return turns;
  return turns.with(index, { ...turn, items: turn.items.filter(({ key }) => key !== messageId) });
}

function newTurn(id: string): TurnView {
  return {
    id,
    status: 'queued',
    waiting: null,
    failure: null,
    model: null,
    startedAt: null,
    endedAt: null,
    retry: null,
    usage: { inputTokens: 0, outputTokens: 0, costUsd: null },
    checkpointId: null,
    items: [],
  };
}

function applyToTurn(turn: TurnView, event: ConversationEvent): TurnView {
  switch (event.type) {
    case 'message.created':
      return addMessage(turn, event);
    case 'turn.queued':
      return { ...turn, status: 'queued', waiting: null };
    case 'turn.started':
      return { ...turn, status: 'running', waiting: null, startedAt: turn.startedAt ?? event.at };
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

function applyStepEvent(turn: TurnView, event: StepEvent): TurnView {
  switch (event.type) {
    case 'step.started':
      return { ...turn, model: event.model };
    case 'step.finished':
      return turn;
    case 'step.restarted':
      return discardUnfinished(turn, event.step_id);
    case 'step.retrying':
      return { ...turn, retry: { reason: event.reason, at: event.at, inMs: event.retry_in_ms } };
    case 'checkpoint.created':
      return { ...turn, checkpointId: event.checkpoint_id };
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

function addMessage(turn: TurnView, event: EventOf<'message.created'>): TurnView {
  const { message_id: messageId, text, at } = event;
  return { ...turn, items: [...turn.items, { kind: 'message', key: messageId, messageId, text, at }] };
}

/** Whatever was open ends with its turn: nothing streams, runs or waits for an approval any more. */
function endTurn(turn: TurnView, at: string, end: Pick<TurnView, 'status'> & Partial<TurnView>): TurnView {
  return { ...turn, ...end, endedAt: at, waiting: null, retry: null, items: turn.items.map(closeItem) };
}

function closeItem(item: TurnItem): TurnItem {
  if (item.kind === 'message') return item;
  if (item.kind !== 'tool_call') return item.isStreaming ? { ...item, isStreaming: false } : item;
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
function discardUnfinished(turn: TurnView, stepId: string): TurnView {
  const isResponseKept = turn.items.some(
    (item) => item.kind === 'tool_call' && item.stepId === stepId && isOver(item),
  );
  const items = turn.items.filter((item) => {
    if (item.kind === 'message' || item.stepId !== stepId) return true;
    if (!isResponseKept) return false;
    return item.kind === 'tool_call' ? isOver(item) : !item.isStreaming;
  });
  return { ...turn, items };
}

function addUsage(turn: TurnView, { usage }: EventOf<'usage.recorded'>): TurnView {
  const { inputTokens, outputTokens, costUsd } = turn.usage;
  return {
    ...turn,
    usage: {
      inputTokens: inputTokens + usage.input_tokens,
      outputTokens: outputTokens + usage.output_tokens,
      costUsd: usage.cost_usd === null ? costUsd : (costUsd ?? 0) + usage.cost_usd,
    },
  };
}

type ProseEvent = EventOf<
  'text.start' | 'text.delta' | 'text.end' | 'reasoning.start' | 'reasoning.delta' | 'reasoning.end'
>;

function applyProse(turn: TurnView, event: ProseEvent, kind: ProseItem['kind']): TurnView {
  const key = `${event.step_id}/${kind}/${event.part_id}`;
  const empty: ProseItem = { kind, key, stepId: event.step_id, text: '', isStreaming: true };
  return changeItem(turn, empty, (item) => {
    if (!('text' in event)) return { ...item, text: '', isStreaming: true };
    // The end carries the whole text, so whatever was missed of the deltas is in it.
    if (event.type.endsWith('.end')) return { ...item, text: event.text, isStreaming: false };
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

function applyToolCall(turn: TurnView, event: ToolCallEvent): TurnView {
  const empty: ToolCallItem = {
    kind: 'tool_call',
    key: event.tool_call_id,
    stepId: event.step_id,
    toolCallId: event.tool_call_id,
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

function resolveApproval(turn: TurnView, event: EventOf<'approval.resolved'>): TurnView {
  const items = turn.items.map((item) =>
    item.kind === 'tool_call' && item.approval?.id === event.approval_id
      ? { ...item, approval: { ...item.approval, status: event.status } }
      : item,
  );
  return { ...turn, items };
}

/** Changes the item with the key of `empty`, which is added when there is none. */
function changeItem<Item extends ProseItem | ToolCallItem>(
  turn: TurnView,
  empty: Item,
  change: (item: Item) => Item,
): TurnView {
  const index = turn.items.findLastIndex(({ key }) => key === empty.key);
  const found = turn.items[index];
  if (found === undefined) return { ...turn, items: [...turn.items, change(empty)] };
  if (!isSameKind(found, empty)) return turn;
  return { ...turn, items: turn.items.with(index, change(found)) };
}

function isSameKind<Item extends TurnItem>(item: TurnItem, like: Item): item is Item {
  return item.kind === like.kind;
}
