import type { Bus } from '@podex/bus/bus';
import { Wakeup } from './wakeup.ts';

export interface LongPoll<Result> {
  bus: Pick<Bus, 'subscribe'>;
  /** Published when there may be something. */
  channel: string;
  waitMs: number;
  /** Aborted when whoever asked has gone. */
  signal: AbortSignal;
  attempt: () => Promise<Result | undefined>;
  /** When time alone will bring something; undefined when it will not. */
  msUntilNext: () => Promise<number | undefined>;
}

/** Tries until there is something, at most for `waitMs`; in between it sleeps until it is woken or something is due. */
export async function longPoll<Result>(poll: LongPoll<Result>): Promise<Result | undefined> {
  using wakeup = new Wakeup(poll.bus, [poll.channel]);
  const deadline = performance.now() + poll.waitMs;
  while (!poll.signal.aborted) {
    const result = await poll.attempt();
    const remainingMs = deadline - performance.now();
    if (result !== undefined || remainingMs <= 0) return result;
    const nextMs = await poll.msUntilNext();
    await wakeup.wait({ signal: poll.signal, timeoutMs: Math.min(remainingMs, nextMs ?? remainingMs) });
  }
  return undefined;
}
