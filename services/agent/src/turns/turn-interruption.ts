/**
 * Why a worker lets go of a turn in the middle: a person cancelled it, the lease is gone (write nothing more), or this service
 * stops and another worker continues.
 */
export type InterruptionKind = 'cancelled' | 'lease_lost' | 'stopping';

export class TurnInterruption extends Error {
  readonly kind: InterruptionKind;

  constructor(kind: InterruptionKind) {
    super(`the turn was interrupted: ${kind}`);
    this.name = 'TurnInterruption';
    this.kind = kind;
  }
}

export function isInterruption(error: unknown, kind?: InterruptionKind): error is TurnInterruption {
  return error instanceof TurnInterruption && (kind === undefined || error.kind === kind);
}
