import { ModelFailure } from '../models/model-failure.ts';
import type { ResponseOutcome } from '../models/response-outcome.ts';

export interface ResponseFacts {
  outcome: Exclude<ResponseOutcome, 'broken'>;
  /** The vendor’s word for how it ended. */
  finishReason: string;
  /** Neither text nor a call. */
  isEmpty: boolean;
  callCount: number;
  /** It follows results of tools, and not a message of a person. */
  followsResults: boolean;
}

/** Calls that one response may make. Those above `MAX_CALLS_RUN` are told that they were not run. */
const MAX_CALLS_KEPT = 256;
/** An empty response comes once in a while; one that comes three times would come again. */
const MAX_EMPTY_ATTEMPTS = 3;

/** Why a response that came to its end is not kept; undefined when it is. A call that was cut is refused by itself, and told so. */
export function faultOf(response: ResponseFacts): ModelFailure | undefined {
  const { outcome, finishReason, isEmpty, callCount, followsResults } = response;
  if (outcome === 'refused') {
    const what = isEmpty ? 'its response' : 'the rest of its response';
    return failure(
      `The provider of the model withheld ${what} (${finishReason}). Say it in other words, or choose another model.`,
    );
  }
  if (callCount > MAX_CALLS_KEPT) {
    return failure(`The model made ${callCount} tool calls in one response. Choose another model.`, {
      canRetry: true,
      maxAttempts: MAX_EMPTY_ATTEMPTS,
    });
  }
  if (!isEmpty) return undefined;
  if (outcome === 'truncated') {
    return failure(
      `The model came to the end of its longest response before it said anything (${finishReason}). Ask for less at a time, or choose a model that reasons less or may respond longer.`,
    );
  }
  // It has nothing to add to what its tools did.
  if (followsResults) return undefined;
  return failure(
    `The model returned an empty response (${finishReason}). Send the message again, or choose another model.`,
    { canRetry: true, maxAttempts: MAX_EMPTY_ATTEMPTS },
  );
}

function failure(
  message: string,
  again: { canRetry: boolean; maxAttempts?: number } = { canRetry: false },
): ModelFailure {
  return new ModelFailure({ code: 'model_failed', message, ...again });
}
