import type { ServerResponse } from 'node:http';
import { claimWorkspacesInput } from '@podex/contracts/internal/compute';

const POLL_EVERY_MS = 5;

/** A long poll of api: what can be leased, at once or within the time that the caller waits. */
export async function claimWithWait<Task>(
  body: unknown,
  response: ServerResponse,
  lease: (max: number, worker: string) => Task[],
): Promise<{ items: Task[] }> {
  const { max, wait_ms: waitMs, worker_id: worker } = claimWorkspacesInput.parse(body);
  const endsAtMs = Date.now() + waitMs;
  for (;;) {
    const items = response.destroyed ? [] : lease(max, worker);
    if (items.length > 0 || response.destroyed || Date.now() >= endsAtMs) return { items };
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}
