import { ModelFailure } from './model-failure.ts';
import { readVendorError } from './vendor-error.ts';

/** An organisation may have been verified by then. */
const REFUSED_FOR_MS = 3_600_000;

/** Whether OpenAI gives this account summaries of reasoning: only verified organisations have them, which it says when they are asked for. */
export class ReasoningSummaries {
  #refusedUntil = 0;

  get areGiven(): boolean {
    return this.#refusedUntil <= Date.now();
  }

  /** @returns whether the request failed for its summary alone, and is to be made again without. */
  noteFailure(error: unknown): boolean {
    if (!(error instanceof ModelFailure) || error.cause === undefined) return false;
    const isRefused = readVendorError(error.cause).parameter === 'reasoning.summary';
    if (isRefused) this.#refusedUntil = Date.now() + REFUSED_FOR_MS;
    return isRefused;
  }
}
