import type { Actor } from './actor.ts';

export interface Authenticated {
  actor: Actor;
  /** `Set-Cookie` values that prolong the session; the answer carries them. */
  setCookies: readonly string[];
}

/** Undefined when the request is from nobody: no session, no token, or one that is not good any more. */
export type Authenticate = (headers: Headers) => Promise<Authenticated | undefined>;
