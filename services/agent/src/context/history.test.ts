import { assertNever } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import type { AssistantPart, StepState, ToolCallState, TurnHistory } from '@podex/contracts/internal/turns';
import { describe, expect, it } from 'vitest';
import { promptMessages } from './history.ts';

const say = (text: string): AssistantPart => ({ type: 'text', text });
const think = (text: string): AssistantPart => ({ type: 'reasoning', text });

function callOf(status: ToolCallState['status'], output: string | null): ToolCallState {
  return {
    tool_call_id: newId('toolCall'),
    tool: 'read_file',
    input: { path: 'a' },
    status,
    output,
    approval: null,
  };
}

function step(
  index: number,
  status: StepState['status'],
  parts: AssistantPart[],
  calls: ToolCallState[] = [],
): StepState {
  const callParts = calls.map(({ tool_call_id, tool, input }) => ({
    type: 'tool_call' as const,
    tool_call_id,
    tool,
    input,
  }));
  return {
    step_id: newId('step'),
    step_index: index,
    status,
    assistant: [...parts, ...callParts],
    tool_calls: calls,
    is_truncated: false,
    retries: 0,
    next_index: 0,
  };
}

function turn(messages: [string, number][], steps: StepState[]): TurnHistory {
  return {
    turn_id: newId('turn'),
    messages: messages.map(([text, before]) => ({ message_id: newId('message'), text, before_step: before })),
    steps,
  };
}

/** Readable: `user: hi`, `assistant: text, call`, `tool: output`. */
function readable(turns: TurnHistory[], stepIndex: number): string[] {
  return promptMessages(turns, stepIndex).map((message) => {
    switch (message.role) {
      case 'user':
        return `user: ${message.text}`;
      case 'assistant':
        return `assistant: ${message.parts.map((part) => (part.type === 'tool_call' ? 'call' : part.text)).join(', ')}`;
      case 'tool':
        return `tool: ${message.results.map((result) => `${result.isError ? '!' : ''}${result.output}`).join(', ')}`;
      default:
        return assertNever(message);
    }
  });
}

describe('promptMessages', () => {
  it('puts messages before the step that read them, and results after the calls', () => {
    const read = callOf('completed', 'content');
    const history = [
      turn(
        [
          ['hi', 0],
          ['faster', 1],
        ],
        [step(0, 'finished', [say('Let me see.')], [read])],
      ),
    ];
    expect(readable(history, 1)).toEqual([
      'user: hi',
      'assistant: Let me see., call',
      'tool: content',
      'user: faster',
    ]);
    const { results } = promptMessages(history, 1).find((message) => message.role === 'tool') ?? {
      results: [],
    };
    expect(results[0]?.toolCallId).toBe(read.tool_call_id);
  });

  it('leaves out a response that is not whole, and messages that a later step reads', () => {
    const history = [
      turn(
        [
          ['hi', 0],
          ['too late', 1],
        ],
        [step(0, 'thinking', [])],
      ),
    ];
    expect(readable(history, 0)).toEqual(['user: hi']);
  });

  it('has a result for every call, also those of a turn that ended before they did', () => {
    const calls = [callOf('failed', 'no such file'), callOf('pending', null), callOf('denied', 'denied')];
    const history = [turn([['hi', 0]], [step(0, 'acting', [], calls)]), turn([['again', 0]], [])];
    expect(readable(history, 0)).toEqual([
      'user: hi',
      'assistant: call, call, call',
      'tool: !no such file, !This call did not run: the turn ended before it., !denied',
      'user: again',
    ]);
  });

  it('keeps the reasoning of the newest turn alone, and no empty texts', () => {
    const old = turn([['one', 0]], [step(0, 'finished', [think('old thoughts'), say('ok')])]);
    const broken = turn([['two', 0]], [step(0, 'finished', [think('only thoughts'), say(' \n')])]);
    const read = callOf('completed', 'x');
    const now = turn([['three', 0]], [step(0, 'acting', [think('new thoughts'), say('')], [read])]);
    expect(readable([old, broken, now], 1)).toEqual([
      'user: one',
      'assistant: ok',
      'user: two',
      'user: three',
      'assistant: new thoughts, call',
      'tool: x',
    ]);
  });
});
