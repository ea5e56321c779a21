import type { StepNews, StepState, TurnContext } from '@podex/contracts/internal/turns';
import { toJson } from '@podex/contracts/storable';
import { currentTurn } from './next-action.ts';

/**
 * The context after a step that this worker finished, as api would give it: with the step, and with what came from others meanwhile.
 * So that a step costs the same however long its conversation is.
 */
export function grownContext(context: TurnContext, finished: StepState, news: StepNews): TurnContext {
  const turn = currentTurn(context);
  const step: StepState = JSON.parse(toJson(finished));
  const unread = new Set(news.messages.map((message) => message.message_id));
  const grown = {
    ...turn,
    messages: [...turn.messages.filter(({ message_id }) => !unread.has(message_id)), ...news.messages],
    steps: [...turn.steps.filter(({ step_id }) => step_id !== step.step_id), step],
  };
  return {
    ...context,
    mode: news.mode,
    model: news.model,
    reasoning_effort: news.reasoning_effort,
    rules: news.rules ?? context.rules,
    rules_version: news.rules_version,
    // The step needed it no longer.
    workspace_wait_over: false,
    turns: context.turns.map((one) => (one.turn_id === turn.turn_id ? grown : one)),
  };
}
