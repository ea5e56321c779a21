import type { StepState, ToolCallState } from '@podex/contracts/internal/turns';
import { type PreparedCall, ToolInputError } from '../tools/tool.ts';
import { prepareCall } from '../tools/tools.ts';

/** A call of an acting step that has not ended, with its whole input, ready to run or refused for its input. */
export interface PendingCall {
  state: ToolCallState;
  prepared: PreparedCall | ToolInputError;
}

/** Of one response. The model is told of those above it that they were not run. */
const MAX_CALLS_RUN = 64;

/** The calls of a step that have not ended, in the order in which the model made them. */
export function pendingCalls(step: StepState): PendingCall[] {
  const states = new Map(step.tool_calls.map((state) => [state.tool_call_id, state]));
  const calls = step.assistant.filter((part) => part.type === 'tool_call');
  return calls.flatMap((part, index) => {
    const state = states.get(part.tool_call_id);
    if (state !== undefined && state.status !== 'pending') return [];
    // The response holds the whole input; what the events hold may be cut.
    const pending: ToolCallState = {
      tool_call_id: part.tool_call_id,
      tool: part.tool,
      input: part.input,
      status: 'pending',
      output: null,
      approval: state?.approval ?? null,
    };
    return [{ state: pending, prepared: index < MAX_CALLS_RUN ? prepare(pending) : tooMany(calls.length) }];
  });
}

function tooMany(count: number): ToolInputError {
  return new ToolInputError(
    `This was not run: the response made ${count} calls, and ${MAX_CALLS_RUN} at most are run. Make it again in the next response if you still need it.`,
  );
}

function prepare({ tool, input }: ToolCallState): PreparedCall | ToolInputError {
  try {
    return prepareCall(tool, input);
  } catch (error) {
    if (error instanceof ToolInputError) return error;
    throw error;
  }
}
