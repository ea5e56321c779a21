import { backoffMs } from '@podex/service-kit/waiting';
import type { ModelFailureDetail } from '../models/model-failure.ts';

export const MAX_ATTEMPTS = 6;
/** A longer pause is not spent with the turn held: its worker has others to run. */
export const HELD_PAUSE_MAX_MS = 3000;
/** A provider that wants a longer pause is not waited for. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * How long to wait before a failed model call is made again, `attempt` from 0: as long as the provider wishes, else longer each time.
 * Undefined: the turn fails.
 */
export function retryPauseMs(detail: ModelFailureDetail, attempt: number): number | undefined {
  if (attempt + 1 >= Math.min(MAX_ATTEMPTS, detail.maxAttempts ?? MAX_ATTEMPTS)) return undefined;
  // The prompt is shorter then.
  if (detail.isTooLong) return 0;
  if (!detail.canRetry) return undefined;
  const pauseMs = detail.retryAfterMs ?? backoffMs(attempt, 1000, 30_000);
  return pauseMs > MAX_RETRY_AFTER_MS ? undefined : pauseMs;
}
