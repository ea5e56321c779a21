import { backoffMs, pause } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { WorkerName } from './worker-name.ts';

/** As long as api does not respond, nothing is claimed either. */
export async function releaseLeases(
  api: Pick<ApiClient, 'releaseLeases'>,
  { endedInstances }: WorkerName,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const isDone = await api.releaseLeases(endedInstances).then(
      () => true,
      () => false,
    );
    if (isDone) return;
    await pause(backoffMs(attempt, 100, 2_000), signal);
  }
}
