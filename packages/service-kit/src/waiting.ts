import { setTimeout as delay } from 'node:timers/promises';
import { PodexError } from '@podex/contracts/errors';

/** Options of everything that waits. `signal` stops the waiting, never the work. */
export interface WaitOptions {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
}

/** Resolves after `ms`, or rejects with the signal’s reason. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Node rejects with an AbortError of its own and hides the reason in its cause.
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * Exponential backoff with full jitter: a random time between half of and the whole of `baseMs · 2^attempt`, at most `maxMs`.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(attempt: number, baseMs = 250, maxMs = 30_000): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (Math.random() * ceiling) / 2);
}

/**
 * An abort signal that follows any of `signals` and can time out. Dispose it when the wait is over: listeners on long-lived
 * signals are removed, which `AbortSignal.any` leaves to the garbage collector.
 */
export function linkSignals(
  signals: readonly (AbortSignal | undefined)[],
  timeoutMs?: number,
): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const followed = signals.filter((signal) => signal !== undefined);
  const onAbort = (event: Event) => {
    if (event.target instanceof AbortSignal) controller.abort(event.target.reason);
  };
  for (const signal of followed) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  }
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () =>
            controller.abort(
              new PodexError('timed_out', `No response within ${timeoutMs} ms. Try again in a moment.`, {
                timeout_ms: timeoutMs,
              }),
            ),
          timeoutMs,
        );
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of followed) signal.removeEventListener('abort', onAbort);
    },
  };
}

/**
 * Waits for `work` at most `timeoutMs`. The work itself is given the linked signal and should stop on it;
 * the wait ends even when it does not.
 */
export async function within<Result>(
  options: WaitOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using linked = linkSignals([options.signal], options.timeoutMs);
  const { signal } = linked;
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

/** Asks `probe` again and again, `everyMs` apart, until it gives something. @throws PodexError timed_out. */
export async function waitUntil<Result>(
  probe: (signal: AbortSignal) => Promise<Result | undefined>,
  options: WaitOptions & { everyMs: number },
): Promise<Result> {
  return within(options, async (signal) => {
    for (;;) {
      const result = await probe(signal);
      if (result !== undefined) return result;
      await pause(options.everyMs, signal);
    }
  });
}
