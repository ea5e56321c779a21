import type { StepState, ToolCallState } from '@podex/contracts/internal/turns';
import { type PreparedCall, ToolInputError } from '../tools/tool.ts';
import { prepareCall } from '../tools/tools.ts';

/** A call of an acting step that has not ended, with its whole input, ready to run or refused for its input. */
export interface PendingCall {
  state: ToolCallState;
  prepared: PreparedCall | ToolInputError;
}

/** The calls of a step that have not ended, in the order in which the model made them. */
export function pendingCalls(step: StepState): PendingCall[] {
  const states = new Map(step.tool_calls.map((state) => [state.tool_call_id, state]));
  return step.assistant.flatMap((part) => {
    if (part.type !== 'tool_call') return [];
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
    return [{ state: pending, prepared: prepare(pending) }];
  });
}

function prepare({ tool, input }: ToolCallState): PreparedCall | ToolInputError {
  try {
    return prepareCall(tool, input);
  } catch (error) {
    if (error instanceof ToolInputError) return error;
    throw error;
  }
}
