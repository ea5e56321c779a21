import { linkSignals, pause } from '@podex/service-kit/waiting';

interface PulseOptions {
  everyMs: number;
  /** After one that got no response. */
  againMs: number;
  /** Asks the server, and notes what came of it. Does not throw. */
  ask: () => Promise<void>;
  isInDoubt: () => boolean;
  isLost: () => boolean;
  signal: AbortSignal;
}

/**
 * Does something long with a server that is asked meanwhile as always: one that is lost would else be noticed after every time limit on the
 * way.
 *
 * @returns undefined when the server is lost; `work` was told to stop then.
 */
export async function whileThere<Result>(
  options: PulseOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const [done, lost] = [new AbortController(), new AbortController()];
  using beating = linkSignals([options.signal, done.signal]);
  using working = linkSignals([options.signal, lost.signal]);
  const beat = askUntilLost(options, beating.signal).then(
    () => lost.abort(new Error('The server stopped responding.')),
    // The work has ended.
    () => undefined,
  );
  try {
    const result = await work(working.signal);
    return lost.signal.aborted ? undefined : result;
  } finally {
    done.abort(new Error('The work has ended.'));
    await beat;
  }
}

async function askUntilLost(options: PulseOptions, signal: AbortSignal): Promise<void> {
  while (!options.isLost()) {
    await pause(options.isInDoubt() ? options.againMs : options.everyMs, signal);
    await options.ask();
  }
}
