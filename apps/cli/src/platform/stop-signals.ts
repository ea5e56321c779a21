import type { StopRequests } from './run-platform.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns Ctrl-C and its relatives into requests: the first one to stop, a second to stop at once. Dispose it to
 * give the signals their usual effect again.
 */
export function onStopSignals(
  say: (line: string) => void,
): StopRequests & Disposable & { wasInterrupted(): boolean } {
  const stop = new AbortController();
  const force = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) {
      say('Stopping at once.');
      force.abort(new Error(`asked twice to stop (${signal})`));
      return;
    }
    if (signal === 'SIGINT') say('Stopping; Ctrl-C again stops at once.');
    stop.abort(new Error(`asked to stop (${signal})`));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
  };
  process.on('SIGINT', onInterrupt);
  return {
    stop: stop.signal,
    force: force.signal,
    wasInterrupted: () => interrupted,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.off('SIGINT', onInterrupt);
    },
  };
}
