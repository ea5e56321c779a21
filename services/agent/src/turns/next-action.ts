import type { StepState, TurnContext, TurnHistory } from '@podex/contracts/internal/turns';

/** What a turn needs next, from its durable state alone: any worker that reads it decides the same. */
export type NextAction =
  | { kind: 'think'; stepIndex: number /** The step to ask for again. */; unanswered: StepState | undefined }
  | { kind: 'act'; step: StepState }
  | { kind: 'complete' };

/** Of one response that is cut again and again. */
const CONTINUATIONS_MAX = 4;

/** The turn that the context is about. */
export function currentTurn(context: TurnContext): TurnHistory {
  const turn = context.turns.find((candidate) => candidate.turn_id === context.turn_id);
  return turn ?? { turn_id: context.turn_id, messages: [], steps: [] };
}

export function lastStep({ steps }: TurnHistory): StepState | undefined {
  return steps.toSorted((one, other) => one.step_index - other.step_index).at(-1);
}

export function nextAction(context: TurnContext): NextAction {
  const turn = currentTurn(context);
  const last = lastStep(turn);
  if (last === undefined) return { kind: 'think', stepIndex: 0, unanswered: undefined };
  if (last.status === 'thinking') return { kind: 'think', stepIndex: last.step_index, unanswered: last };
  if (last.status === 'acting') return { kind: 'act', step: last };
  const stepIndex = last.step_index + 1;
  const hasCalls = last.assistant.some((part) => part.type === 'tool_call');
  const isSteered = turn.messages.some((message) => message.before_step >= stepIndex);
  const mustGoOn = hasCalls || isSteered || (last.is_truncated && mayContinue(turn));
  return mustGoOn ? { kind: 'think', stepIndex, unanswered: undefined } : { kind: 'complete' };
}

/** Whether a response that was cut is gone on with, or was so often that it would not come to its end. */
function mayContinue({ steps }: TurnHistory): boolean {
  const newest = steps.toSorted((one, other) => other.step_index - one.step_index);
  const lastWhole = newest.findIndex((step) => !step.is_truncated);
  return (lastWhole === -1 ? newest.length : lastWhole) <= CONTINUATIONS_MAX;
}
