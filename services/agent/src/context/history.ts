import type { AssistantPart, StepState, ToolCallState, TurnHistory } from '@podex/contracts/internal/turns';
import type { PromptMessage, ToolResult } from '../models/prompt-message.ts';

/** Follows the beginning of a response, and means nothing without it. */
export const WAS_CUT =
  '[Podex] Your response was cut at the longest that you may give. Go on exactly where it stopped, without repeating anything.';
const NEVER_ENDED = 'This call did not run: the turn ended before it.';

/**
 * The conversation as messages of the prompt for step `stepIndex` of its newest turn: each person’s message before the step that
 * read it, each response with the results of its calls right after it. A step whose response is not whole is left out. Reasoning is
 * kept for the newest turn alone, which is where vendors want it back.
 */
export function promptMessages(turns: readonly TurnHistory[], stepIndex: number): PromptMessage[] {
  return turns.flatMap((turn, index) => {
    const isNewest = index === turns.length - 1;
    return turnMessages(turn, { isNewest, untilStep: isNewest ? stepIndex : Number.POSITIVE_INFINITY });
  });
}

interface Extent {
  isNewest: boolean;
  untilStep: number;
}

function turnMessages(turn: TurnHistory, { isNewest, untilStep }: Extent): PromptMessage[] {
  const steps = turn.steps.toSorted((one, other) => one.step_index - other.step_index);
  const messages: PromptMessage[] = [];
  let read = 0;
  const readUntil = (stepIndex: number) => {
    for (; read < turn.messages.length; read += 1) {
      const message = turn.messages[read];
      if (message === undefined || message.before_step > stepIndex) return;
      messages.push({ role: 'user', text: message.text });
    }
  };
  for (const step of steps) {
    readUntil(step.step_index);
    messages.push(...stepMessages(step, isNewest));
  }
  readUntil(untilStep);
  return messages;
}

function stepMessages(step: StepState, keepsReasoning: boolean): PromptMessage[] {
  if (step.status === 'thinking') return [];
  const parts = step.assistant.filter((part) => isTold(part, keepsReasoning));
  if (!parts.some((part) => part.type !== 'reasoning')) return [];
  const calls = parts.filter((part) => part.type === 'tool_call');
  if (calls.length === 0) {
    const response: PromptMessage = { role: 'assistant', parts };
    return step.is_truncated ? [response, { role: 'user', text: WAS_CUT }] : [response];
  }
  const results = calls.map((call) => resultOf(call, step.tool_calls));
  return [
    { role: 'assistant', parts },
    { role: 'tool', results },
  ];
}

/** Vendors refuse empty texts. */
function isTold(part: AssistantPart, keepsReasoning: boolean): boolean {
  if (part.type === 'reasoning') return keepsReasoning;
  return part.type !== 'text' || part.text.trim() !== '';
}

function resultOf(
  call: Extract<AssistantPart, { type: 'tool_call' }>,
  states: readonly ToolCallState[],
): ToolResult {
  const state = states.find((candidate) => candidate.tool_call_id === call.tool_call_id);
  const hasEnded = state !== undefined && state.status !== 'pending';
  return {
    toolCallId: call.tool_call_id,
    tool: call.tool,
    output: hasEnded ? (state.output ?? '') : NEVER_ENDED,
    isError: state?.status !== 'completed',
  };
}
