import type { ErrorCode } from '@podex/contracts/errors';

/** Why a model did not respond. `code` and `message` are what the turn fails with when it is not tried again. */
export interface ModelFailureDetail {
  code: Extract<ErrorCode, 'model_failed' | 'model_not_available'>;
  message: string;
  canRetry: boolean;
  /** Fewer than there are for failures that pass. */
  maxAttempts?: number;
  /** The pause that the provider asks for. */
  retryAfterMs?: number | undefined;
  /** The prompt is longer than the model takes. */
  isTooLong?: boolean;
  status?: number | undefined;
}

export class ModelFailure extends Error {
  readonly detail: ModelFailureDetail;

  constructor(detail: ModelFailureDetail, options?: { cause?: unknown }) {
    super(detail.message, options);
    this.name = 'ModelFailure';
    this.detail = detail;
  }
}
