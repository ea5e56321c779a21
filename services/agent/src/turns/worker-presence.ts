import { backoffMs, pause } from '@podex/service-kit/waiting';
import type { TurnsApi } from './turns-api.ts';

const HELD_MS = 25_000;
const MAX_PAUSE_MS = 1000;

/** Keeps a connection to api open, by which it notices at once when this process dies. Ends with `signal`, after the last turn. */
export async function keepPresent(
  api: Pick<TurnsApi, 'attend'>,
  workerId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await api.attend(workerId, HELD_MS, signal);
      failures = 0;
    } catch {
      // api is away, which the turns notice themselves.
      await pause(backoffMs(failures, 50, MAX_PAUSE_MS), signal).catch(() => undefined);
      failures += 1;
    }
  }
}
