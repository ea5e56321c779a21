import type { ModelFailureDetail } from './model-failure.ts';

/** Failed calls of a step in a row, from which on the other model is asked. */
const FAILURES_MAX = 2;
/** A longer pause is not waited for while there is another model. */
const PAUSE_MAX_MS = 3000;
/** So long the other model is asked at once. */
const AWAY_MS = 60_000;

export interface FailedCall {
  model: string;
  detail: ModelFailureDetail;
  /** Of this step, from 0. */
  attempt: number;
  /** Before it would be asked again. */
  pauseMs: number;
}

/** The operator’s second model, asked while the chosen one does not respond. Known for all turns of this process. */
export class FallbackModel {
  /** Undefined: there is none. */
  readonly name: string | undefined;
  readonly #awayUntil = new Map<string, number>();

  constructor(name: string | undefined) {
    this.name = name;
  }

  /** Whether the fallback is asked in place of `model`, which has failed lately. */
  isAwayNow(model: string): boolean {
    return this.name !== undefined && (this.#awayUntil.get(model) ?? 0) > Date.now();
  }

  /** Whether the fallback is asked from here on. A failure for a reason of the request would be its failure as well. */
  replaces({ model, detail, attempt, pauseMs }: FailedCall): boolean {
    const isOut = detail.canRetry && detail.isTooLong !== true;
    if (this.name === undefined || !isOut) return false;
    if (attempt + 1 < FAILURES_MAX && pauseMs <= PAUSE_MAX_MS) return false;
    const now = Date.now();
    for (const [other, until] of this.#awayUntil) if (until <= now) this.#awayUntil.delete(other);
    this.#awayUntil.set(model, now + AWAY_MS);
    return true;
  }
}
