/** A failed model call is tried again after so long a pause that the turn is released for it. The message: what failed. */
export class RetryLater extends Error {
  readonly waitMs: number;

  constructor(message: string, waitMs: number, options: { cause: unknown }) {
    super(message, options);
    this.name = 'RetryLater';
    this.waitMs = waitMs;
  }
}
