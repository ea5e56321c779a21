import { newId } from '@podex/contracts/ids';
import type { TranscriptItem, TranscriptTurn } from '@podex/contracts/transcript';
import { describe, expect, it } from 'vitest';
import { TurnUpdates } from './turn-updates.ts';

const id = newId('turn');
const stepId = newId('step');
const toolCallId = newId('toolCall');

function turnOf(...items: TranscriptItem[]): TranscriptTurn {
  const usage = { input_tokens: 0, output_tokens: 0, cost_usd: null, unpriced_calls: 0 };
  const empty = { failure: null, waiting: null, model: null, retry: null, checkpoint_id: null };
  return { id, status: 'running', ...empty, started_at: null, ended_at: null, usage, items };
}

const says = (text: string): TranscriptItem => ({
  type: 'text',
  key: 'p1',
  step_id: stepId,
  text,
  is_streaming: true,
});
const runs = (status: 'running' | 'completed'): TranscriptItem => ({
  type: 'tool_call',
  key: toolCallId,
  step_id: stepId,
  tool_call_id: toolCallId,
  tool: 'run_command',
  status,
  summary: 'Run: x',
  input: {},
  output: '',
  approval: null,
});

describe('updates of an editor', () => {
  it('are each told once', () => {
    const updates = new TurnUpdates();
    expect(updates.next(turnOf(says('He'), runs('running')))).toHaveLength(2);
    expect(updates.next(turnOf(says('He'), runs('running')))).toEqual([]);
    expect(updates.next(turnOf(says('Hello'), runs('completed')))).toMatchObject([
      { sessionUpdate: 'agent_message_chunk', content: { text: 'llo' } },
      { sessionUpdate: 'tool_call_update', status: 'completed' },
    ]);
  });

  it('begin another message when the model is asked again, and end its calls', () => {
    const updates = new TurnUpdates();
    const [first] = updates.next(turnOf(says('Half'), runs('running')));
    expect(updates.next(turnOf())).toEqual([
      { sessionUpdate: 'tool_call_update', toolCallId, status: 'failed' },
    ]);
    const [second] = updates.next(turnOf(says('Whole')));
    expect(second).toMatchObject({ content: { text: 'Whole' } });
    expect(second).not.toMatchObject({ messageId: (first as { messageId: string }).messageId });
  });

  it('have the list of what is to be done as a plan, once', () => {
    const list: TranscriptItem = {
      ...(runs('completed') as Extract<TranscriptItem, { type: 'tool_call' }>),
      tool: 'todo',
      input: {
        items: [
          { text: 'Read it', status: 'done' },
          { text: 'Test it', status: 'in_progress' },
        ],
      },
    };
    const updates = new TurnUpdates();
    expect(updates.next(turnOf({ ...list, status: 'running' }))).toEqual([]);
    expect(updates.next(turnOf(list))).toEqual([
      {
        sessionUpdate: 'plan',
        entries: [
          { content: 'Read it', priority: 'medium', status: 'completed' },
          { content: 'Test it', priority: 'medium', status: 'in_progress' },
        ],
      },
    ]);
    expect(updates.next(turnOf(list))).toEqual([]);
  });
});
