import type { Wakeups } from './wakeup.ts';

export interface LongPoll<Result> {
  wakeups: Wakeups;
  /** One of them is published when there may be something. */
  channels: readonly string[];
  waitMs: number;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
  attempt: () => Promise<Result | undefined>;
  /** When time alone will bring something; undefined when it will not. */
  msUntilNext: () => Promise<number | undefined>;
}

/** Tries until there is something, at most for `waitMs`; in between it sleeps until it is woken or something is due. */
export async function longPoll<Result>(poll: LongPoll<Result>): Promise<Result | undefined> {
  using wakeup = poll.wakeups.on(poll.channels);
  const deadline = performance.now() + poll.waitMs;
  for (;;) {
    // What is taken for somebody who has gone is lost until its lease ends.
    if (poll.signal.aborted) return undefined;
    const result = await poll.attempt();
    const remainingMs = deadline - performance.now();
    if (result !== undefined || remainingMs <= 0) return result;
    const timeoutMs = Math.min(remainingMs, (await poll.msUntilNext()) ?? remainingMs);
    if ((await wakeup.wait({ signal: poll.signal, timeoutMs })) === 'over') return undefined;
  }
}
