import { messageOf } from './api-client.ts';

/** How something that was asked of api goes: what a mutation of the query client says. */
export interface RequestState {
  isPending: boolean;
  /** Of the last try; null when there is none. */
  error: unknown;
  /** Forgets the last try. */
  reset?: () => void;
}

/** Why the last try failed; undefined when it did not. */
export function errorTextOf({ error }: RequestState): string | undefined {
  return error === null || error === undefined ? undefined : messageOf(error);
}

/** For a dialog that closes: the next time it opens, nothing is left of the last try. One that still goes is left to go on. */
export function forget({ isPending, reset }: RequestState): void {
  if (!isPending) reset?.();
}
