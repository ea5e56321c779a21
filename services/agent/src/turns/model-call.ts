import { PodexError } from '@podex/contracts/errors';
import type { ModelCallEvent } from '@podex/contracts/events';
import type { StepId, TurnId } from '@podex/contracts/ids';
import type { ModelCallOutcome } from '@podex/contracts/model-usage';
import { ModelFailure } from '../models/model-failure.ts';
import type { Prompt } from '../models/prompt-message.ts';
import type { ModelResponse } from './model-response.ts';
import { isInterruption } from './turn-interruption.ts';

type InStep = { turn_id: TurnId; step_id: StepId };

/** On the safe side: what a provider gives no figures of must not look cheaper than it was. */
const CHARACTERS_PER_TOKEN = 3;

/** Said, and durable, before the model is asked. */
export function startedCall(ids: InStep, model: string, prompt: Prompt): ModelCallEvent {
  const { system, preamble, messages, tools } = prompt;
  const characters = JSON.stringify([system, preamble, messages, tools]).length;
  return { type: 'model_call.started', ...ids, model, estimated_input_tokens: tokensOf(characters) };
}

export interface CallEnding {
  outcome: ModelCallOutcome;
  code: string | null;
}

export function endedCall(
  ids: InStep,
  response: ModelResponse,
  { outcome, code }: CallEnding,
): ModelCallEvent {
  const { finish } = response;
  const usage = finish?.usage;
  return {
    type: 'model_call.ended',
    ...ids,
    outcome,
    code,
    finish_reason: finish?.finishReason ?? null,
    response_id: finish?.responseId ?? null,
    tokens:
      usage === undefined
        ? null
        : {
            input_tokens: usage.inputTokens,
            cached_input_tokens: usage.cachedInputTokens,
            cache_write_tokens: usage.cacheWriteTokens,
            output_tokens: usage.outputTokens,
            reasoning_tokens: usage.reasoningTokens,
          },
    cost_usd: finish?.costUsd ?? null,
    estimated_output_tokens: tokensOf(response.characters),
  };
}

/** How a call ended that was thrown out of: by its response, or by what came in place of one. */
export function endingOf(error: unknown, response: ModelResponse): CallEnding {
  if (isInterruption(error, 'cancelled')) return { outcome: 'cancelled', code: null };
  if (!(error instanceof ModelFailure)) {
    return { outcome: 'broken', code: PodexError.isInstance(error) ? error.code : 'worker_stopped' };
  }
  const { code } = error.detail;
  if (response.finish === undefined) return { outcome: response.hasBegun ? 'broken' : 'failed', code };
  const { outcome, isEmpty } = response.facts;
  if (outcome !== 'whole') return { outcome, code };
  return { outcome: isEmpty ? 'empty' : 'failed', code };
}

function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
