import { newId } from '@podex/contracts/ids';
import type { StepState, TurnContext } from '@podex/contracts/internal/turns';
import { describe, expect, it } from 'vitest';
import { nextAction } from './next-action.ts';

function step(index: number, status: StepState['status'], hasCall = false): StepState {
  const call = { type: 'tool_call' as const, tool_call_id: newId('toolCall'), tool: 't', input: {} };
  return {
    step_id: newId('step'),
    step_index: index,
    status,
    assistant: hasCall ? [call] : [{ type: 'text', text: 'ok' }],
    tool_calls: [],
    next_index: 3,
    is_truncated: false,
    retries: 0,
  };
}

function contextOf(steps: StepState[], messagesBefore: number[] = [0]): TurnContext {
  const turnId = newId('turn');
  const messages = messagesBefore.map((before) => ({
    message_id: newId('message'),
    text: 'x',
    before_step: before,
  }));
  return {
    turn_id: turnId,
    conversation_id: newId('conversation'),
    workspace_id: newId('workspace'),
    workspace_name: 'w',
    mode: 'auto',
    model: null,
    reasoning_effort: null,
    rules: [],
    rules_version: 'none',
    cancel_requested: false,
    workspace_wait_over: false,
    turns: [
      { turn_id: newId('turn'), messages: [], steps: [step(0, 'acting', true)] },
      { turn_id: turnId, messages, steps },
    ],
  };
}

describe('nextAction', () => {
  it('asks first, asks again when the response was lost, and acts on one that is there', () => {
    expect(nextAction(contextOf([]))).toEqual({ kind: 'think', stepIndex: 0, unanswered: undefined });
    const thinking = step(1, 'thinking');
    expect(nextAction(contextOf([step(0, 'finished', true), thinking]))).toEqual({
      kind: 'think',
      stepIndex: 1,
      unanswered: thinking,
    });
    const acting = step(0, 'acting', true);
    expect(nextAction(contextOf([acting]))).toEqual({ kind: 'act', step: acting });
  });

  it('goes on after calls and after a new message, and ends otherwise', () => {
    expect(nextAction(contextOf([step(0, 'finished', true)]))).toMatchObject({ kind: 'think', stepIndex: 1 });
    expect(nextAction(contextOf([step(0, 'finished')], [0, 1]))).toMatchObject({
      kind: 'think',
      stepIndex: 1,
    });
    expect(nextAction(contextOf([step(0, 'finished')]))).toEqual({ kind: 'complete' });
  });

  it('goes on with a response that was cut, a few times', () => {
    const cut = (index: number): StepState => ({ ...step(index, 'finished'), is_truncated: true });
    expect(nextAction(contextOf([cut(0)]))).toMatchObject({ kind: 'think', stepIndex: 1 });
    expect(nextAction(contextOf([cut(0), step(1, 'finished')]))).toEqual({ kind: 'complete' });
    const cuts = [0, 1, 2, 3, 4].map(cut);
    expect(nextAction(contextOf(cuts.slice(0, 4)))).toMatchObject({ kind: 'think', stepIndex: 4 });
    expect(nextAction(contextOf(cuts))).toEqual({ kind: 'complete' });
    expect(nextAction(contextOf([...cuts, step(5, 'finished', true), cut(6)]))).toMatchObject({
      kind: 'think',
      stepIndex: 7,
    });
  });
});
