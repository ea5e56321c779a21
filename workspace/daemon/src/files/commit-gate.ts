/** What a prepared operation will answer once it is carried out. */
export interface PreparedAnswer {
  status: number;
  body?: unknown;
  headers?: Readonly<{ etag: string }>;
}

/**
 * The point of no return of a change: everything was checked and staged, one last step remains. The keeper of the journal of
 * idempotent requests records the answer here, before that step.
 *
 * `guard` is a path that exists for exactly as long as the step has not been taken. After a crash it tells whether it was.
 *
 * @throws when the change must not go on; then it leaves no trace.
 */
export type CommitGate = (guard: string, answer: PreparedAnswer) => Promise<void>;

/** For requests without an idempotency key. */
export const openGate: CommitGate = async () => undefined;
