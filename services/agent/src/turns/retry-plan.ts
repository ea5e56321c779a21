import { backoffMs } from '@podex/service-kit/waiting';
import type { ModelFailureDetail } from '../models/model-failure.ts';

export const MAX_ATTEMPTS = 6;
/** A longer pause is not spent with the turn held: its worker has others to run. */
export const HELD_PAUSE_MAX_MS = 3000;
/** A provider that wants a longer pause is not waited for. */
const MAX_RETRY_AFTER_MS = 300_000;
const MIN_PROMPT_CHARACTERS = 30_000;

export type RetryPlan = { pauseMs: number; maxPromptCharacters: number };

/**
 * What to do after a failed model call, `attempt` from 0: ask again after a pause (the provider’s own wish, else a growing one),
 * or with half the prompt when it was too long. Undefined: the turn fails.
 */
export function planRetry(
  detail: ModelFailureDetail,
  attempt: number,
  maxPromptCharacters: number,
): RetryPlan | undefined {
  if (attempt + 1 >= Math.min(MAX_ATTEMPTS, detail.maxAttempts ?? MAX_ATTEMPTS)) return undefined;
  if (detail.isTooLong) {
    const half = maxPromptCharacters / 2;
    return half < MIN_PROMPT_CHARACTERS ? undefined : { pauseMs: 0, maxPromptCharacters: half };
  }
  if (!detail.canRetry) return undefined;
  const pauseMs = detail.retryAfterMs ?? backoffMs(attempt, 1000, 30_000);
  return pauseMs > MAX_RETRY_AFTER_MS ? undefined : { pauseMs, maxPromptCharacters };
}
