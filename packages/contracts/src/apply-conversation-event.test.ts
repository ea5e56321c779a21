import { describe, expect, it } from 'vitest';
import { applyConversationEvent } from './apply-conversation-event.ts';
import type { Approval } from './conversations.ts';
import { type ConversationEvent, type ConversationEventBody, conversationEvent } from './events.ts';
import { newId } from './ids.ts';
import { EMPTY_TRANSCRIPT, type Transcript } from './transcript.ts';

const turn_id = newId('turn');
const step_id = newId('step');
const tool_call_id = newId('toolCall');
const inStep = { turn_id, step_id };
const AT = '2026-11-01T10:00:00.000Z';

const approval: Approval = {
  id: newId('approval'),
  conversation_id: newId('conversation'),
  workspace_id: newId('workspace'),
  turn_id,
  tool: 'run_command',
  summary: 'rm -rf dist',
  input: { command: 'rm -rf dist' },
  preview: { type: 'command', command: 'rm -rf dist', cwd: null },
  choices: [],
  answer: null,
  status: 'pending',
  created_at: AT,
  expires_at: AT,
};

/** Numbers the bodies as api does and checks each against the contract. */
function log(bodies: readonly ConversationEventBody[]): ConversationEvent[] {
  return bodies.map((body, index) => conversationEvent.parse({ seq: index + 1, at: AT, ...body }));
}

function play(bodies: readonly ConversationEventBody[]): Transcript {
  return log(bodies).reduce(applyConversationEvent, EMPTY_TRANSCRIPT);
}

const started: ConversationEventBody[] = [
  { type: 'message.created', turn_id, message_id: newId('message'), role: 'user', text: 'Fix it' },
  { type: 'turn.queued', turn_id },
  { type: 'turn.started', turn_id, attempt: 1 },
  { type: 'step.started', ...inStep, step_index: 0, model: 'openai/gpt' },
];
const called: ConversationEventBody[] = [
  { type: 'tool_call.start', ...inStep, tool_call_id, tool: 'run_command' },
  {
    type: 'tool_call.ready',
    ...inStep,
    tool_call_id,
    tool: 'run_command',
    input: { command: 'rm -rf dist' },
    summary: 'rm -rf dist',
  },
];

function itemsOf(view: Transcript) {
  return view.turns.flatMap((turn) => turn.items);
}
function textsOf(view: Transcript) {
  return itemsOf(view).map((item) => (item.type === 'tool_call' ? `${item.tool}:${item.status}` : item.text));
}

describe('applyConversationEvent', () => {
  it('makes a turn of a message and what follows it', () => {
    const view = play(started);
    expect(view.lastSeq).toBe(4);
    expect(view.turns).toHaveLength(1);
    expect(view.turns[0]).toMatchObject({
      id: turn_id,
      status: 'running',
      model: 'openai/gpt',
      started_at: AT,
    });
    expect(textsOf(view)).toEqual(['Fix it']);
  });

  it('joins streamed text, whose end is the whole of it', () => {
    const streamed: ConversationEventBody[] = [
      ...started,
      { type: 'reasoning.start', ...inStep, part_id: '1' },
      { type: 'reasoning.delta', ...inStep, part_id: '1', text: 'hm' },
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.delta', ...inStep, part_id: '1', text: 'I will ' },
      { type: 'text.delta', ...inStep, part_id: '1', text: 'look' },
    ];
    const streaming = play(streamed);
    expect(textsOf(streaming)).toEqual(['Fix it', 'hm', 'I will look']);
    expect(itemsOf(streaming).at(-1)).toMatchObject({ type: 'text', is_streaming: true });
    const ended = play([
      ...streamed,
      { type: 'text.end', ...inStep, part_id: '1', text: 'I will look at it.' },
    ]);
    expect(itemsOf(ended).at(-1)).toMatchObject({ text: 'I will look at it.', is_streaming: false });
  });

  it('follows a tool call from its start to its end', () => {
    const running = play([
      ...started,
      ...called,
      { type: 'tool_call.output', ...inStep, tool_call_id, text: 'one\n' },
      { type: 'tool_call.output', ...inStep, tool_call_id, text: 'two\n' },
    ]);
    expect(itemsOf(running).at(-1)).toMatchObject({
      status: 'running',
      output: 'one\ntwo\n',
      summary: 'rm -rf dist',
    });
    const ended = play([
      ...started,
      ...called,
      { type: 'tool_call.end', ...inStep, tool_call_id, status: 'failed', output: 'exit 1' },
    ]);
    expect(itemsOf(ended).at(-1)).toMatchObject({ status: 'failed', output: 'exit 1' });
  });

  it('shows what a turn waits for until it goes on', () => {
    const waits = {
      reason: 'retry',
      wake_at: '2026-11-28T12:04:10.000Z',
      message: '429: slow down',
    } as const;
    const waiting = play([...started, { type: 'turn.waiting', turn_id, ...waits }]);
    expect(waiting.turns.at(-1)).toMatchObject({ status: 'waiting', waiting: waits });
    const woken = play([
      ...started,
      { type: 'turn.waiting', turn_id, ...waits },
      { type: 'turn.started', turn_id, attempt: 2 },
    ]);
    expect(woken.turns.at(-1)).toMatchObject({ status: 'running', waiting: null });
  });

  it('moves a message that its turn failed without reading to the turn that reads it', () => {
    const next = newId('turn');
    const message = { message_id: newId('message'), role: 'user', text: 'and this' } as const;
    const view = play([
      ...started,
      { type: 'message.created', turn_id, ...message },
      { type: 'turn.failed', turn_id, code: 'model_failed', message: 'no' },
      { type: 'message.created', turn_id: next, ...message },
      { type: 'turn.queued', turn_id: next },
    ]);
    const saying = view.turns.filter(({ items }) => items.some(({ key }) => key === message.message_id));
    expect(saying.map(({ id, status }) => [id, status])).toEqual([[next, 'queued']]);
  });

  it('shows an approval with its call until it is resolved anywhere', () => {
    const waiting = play([
      ...started,
      ...called,
      { type: 'approval.requested', ...inStep, tool_call_id, approval },
      { type: 'turn.waiting', turn_id, reason: 'approval', wake_at: null, message: null },
    ]);
    expect(waiting.turns.at(-1)?.status).toBe('waiting');
    expect(itemsOf(waiting).at(-1)).toMatchObject({ approval: { status: 'pending' } });
    const resolved = play([
      ...started,
      ...called,
      { type: 'approval.requested', ...inStep, tool_call_id, approval },
      { type: 'approval.resolved', turn_id, approval_id: approval.id, status: 'denied' },
      { type: 'tool_call.end', ...inStep, tool_call_id, status: 'denied', output: 'denied' },
    ]);
    expect(itemsOf(resolved).at(-1)).toMatchObject({ status: 'denied', approval: { status: 'denied' } });
  });

  it('discards what a step had said, asked and begun when the step is asked again', () => {
    const view = play([
      ...started,
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.end', ...inStep, part_id: '1', text: 'First try.' },
      { type: 'text.start', ...inStep, part_id: '2' },
      { type: 'text.delta', ...inStep, part_id: '2', text: 'half' },
      ...called,
      { type: 'approval.requested', ...inStep, tool_call_id, approval },
      { type: 'step.restarted', ...inStep, step_index: 0, reason: 'the worker was lost' },
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.delta', ...inStep, part_id: '1', text: 'Second try' },
    ]);
    expect(textsOf(view)).toEqual(['Fix it', 'Second try']);
  });

  it('keeps what is finished of a restarted step whose tool calls had begun to end', () => {
    const other = newId('toolCall');
    const view = play([
      ...started,
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.end', ...inStep, part_id: '1', text: 'Kept.' },
      ...called,
      { type: 'tool_call.end', ...inStep, tool_call_id, status: 'completed', output: 'ok' },
      { type: 'tool_call.start', ...inStep, tool_call_id: other, tool: 'grep' },
      { type: 'step.restarted', ...inStep, step_index: 0, reason: 'the worker was lost' },
    ]);
    expect(textsOf(view)).toEqual(['Fix it', 'Kept.', 'run_command:completed']);
  });

  it('leaves other steps alone when one is restarted', () => {
    const later = { turn_id, step_id: newId('step') };
    const view = play([
      ...started,
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.end', ...inStep, part_id: '1', text: 'Step one.' },
      { type: 'step.started', ...later, step_index: 1, model: 'openai/gpt' },
      { type: 'text.delta', ...later, part_id: '1', text: 'gone' },
      { type: 'step.restarted', ...later, step_index: 1, reason: 'x' },
    ]);
    expect(textsOf(view)).toEqual(['Fix it', 'Step one.']);
  });

  it('leaves nothing open in a turn that has ended', () => {
    const view = play([
      ...started,
      { type: 'text.delta', ...inStep, part_id: '1', text: 'half' },
      ...called,
      { type: 'approval.requested', ...inStep, tool_call_id, approval },
      { type: 'turn.cancelled', turn_id },
    ]);
    expect(view.turns.at(-1)?.ended_at).toBe(AT);
    expect(view.turns[0]).toMatchObject({ status: 'cancelled', ended_at: AT });
    expect(itemsOf(view).slice(1)).toMatchObject([
      { is_streaming: false },
      { status: 'cancelled', approval: { status: 'expired' } },
    ]);
  });

  it('closes an approval whose call ends without a decision', () => {
    const view = play([
      ...started,
      ...called,
      { type: 'approval.requested', ...inStep, tool_call_id, approval },
      { type: 'tool_call.end', ...inStep, tool_call_id, status: 'cancelled', output: 'cancelled' },
    ]);
    expect(itemsOf(view).at(-1)).toMatchObject({ approval: { status: 'expired' } });
  });

  it('keeps cause and cure of a failure', () => {
    const view = play([
      ...started,
      { type: 'turn.failed', turn_id, code: 'model_failed', message: 'Set a key.' },
    ]);
    expect(view.turns[0]?.failure).toEqual({ code: 'model_failed', message: 'Set a key.' });
  });

  it('shows a retry until the step continues', () => {
    const retrying = play([
      ...started,
      { type: 'step.retrying', ...inStep, reason: '429', retry_in_ms: 2000 },
    ]);
    expect(retrying.turns[0]?.retry).toEqual({ reason: '429', at: AT, in_ms: 2000 });
    const onward = play([
      ...started,
      { type: 'step.retrying', ...inStep, reason: '429', retry_in_ms: 2000 },
      { type: 'text.start', ...inStep, part_id: '1' },
    ]);
    expect(onward.turns[0]?.retry).toBeNull();
  });

  it('sums the usage of all steps; a price counts where there is one', () => {
    const usage = { model: 'm', input_tokens: 10, output_tokens: 2, cached_input_tokens: 0 };
    const view = play([
      ...started,
      { type: 'usage.recorded', ...inStep, usage: { ...usage, cost_usd: null } },
      { type: 'usage.recorded', ...inStep, usage: { ...usage, cost_usd: 0.5 } },
    ]);
    expect(view.turns[0]?.usage).toEqual({
      input_tokens: 20,
      output_tokens: 4,
      cost_usd: 0.5,
      unpriced_calls: 1,
    });
  });

  it('changes nothing for an event that it has', () => {
    const view = play(started);
    const again = log(started).reduce(applyConversationEvent, view);
    expect(again).toBe(view);
  });

  it('keeps turns that did not change as the same objects', () => {
    const other = newId('turn');
    const before = play([...started, { type: 'turn.completed', turn_id }]);
    const after = applyConversationEvent(
      before,
      conversationEvent.parse({ seq: 99, at: AT, type: 'turn.queued', turn_id: other }),
    );
    expect(after.turns[0]).toBe(before.turns[0]);
    expect(after.turns[1]?.id).toBe(other);
  });

  it('puts a steering message where it was said', () => {
    const view = play([
      ...started,
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.end', ...inStep, part_id: '1', text: 'Working.' },
      { type: 'message.created', turn_id, message_id: newId('message'), role: 'user', text: 'Use tabs' },
    ]);
    expect(textsOf(view)).toEqual(['Fix it', 'Working.', 'Use tabs']);
    expect(view.turns[0]?.status).toBe('running');
  });
});
