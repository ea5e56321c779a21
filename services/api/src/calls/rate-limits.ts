import { PodexError } from '@podex/contracts/errors';
import type { Bus } from '../bus/bus.ts';

/** How many uses of one kind in a window of time. */
export interface RateLimit {
  name: string;
  max: number;
  windowMs: number;
}

const MINUTE_MS = 60_000;

export const RATE_LIMITS = {
  /** Guessing invitations. */
  invitationFromAddress: { name: 'invitation-address', max: 60, windowMs: 10 * MINUTE_MS },
  /** Beginning to sign a program in. */
  deviceCodesFromAddress: { name: 'device-code-address', max: 30, windowMs: 10 * MINUTE_MS },
  /** Several programs of one network ask every few seconds each. */
  devicePollsFromAddress: { name: 'device-poll-address', max: 240, windowMs: MINUTE_MS },
  /** Guessing join tokens of servers. */
  joinsFromAddress: { name: 'join-address', max: 60, windowMs: 10 * MINUTE_MS },
  /** Guessing the codes that programs show. */
  userCodesOfUser: { name: 'user-codes', max: 30, windowMs: 10 * MINUTE_MS },
  jwtsOfUser: { name: 'jwts', max: 120, windowMs: MINUTE_MS },
  /** Everything that one user creates. */
  creationsOfUser: { name: 'creations', max: 300, windowMs: MINUTE_MS },
  /** Each of them is delivered to every running workspace that it is for. */
  secretChangesOfUser: { name: 'secret-changes', max: 120, windowMs: MINUTE_MS },
  /** Each push and pull asks once or twice. */
  gitQuestionsOfWorkspace: { name: 'git-questions', max: 120, windowMs: MINUTE_MS },
  /** Each changes the packet filter of a server. */
  networkChangesOfUser: { name: 'network-changes', max: 60, windowMs: MINUTE_MS },
  /** Each reads the whole audit log. */
  auditChecksOfUser: { name: 'audit-checks', max: 10, windowMs: MINUTE_MS },
} as const satisfies Record<string, RateLimit>;

/** @throws PodexError rate_limited once the limit is passed in the present window. */
export async function requireBelow(bus: Pick<Bus, 'hit'>, limit: RateLimit, subject: string): Promise<void> {
  const { count, resetsInMs } = await bus.hit(`${limit.name}:${subject}`, limit.windowMs);
  if (count <= limit.max) return;
  const seconds = Math.max(1, Math.ceil(resetsInMs / 1000));
  throw new PodexError('rate_limited', `Too many tries. Wait ${seconds} seconds.`, {
    retry_after_seconds: seconds,
  });
}
