import type { ServerResponse } from 'node:http';
import { type KeepPoolResult, keepPoolInput } from '@podex/contracts/internal/pool';

const POLL_EVERY_MS = 5;

/** What api responds to a compute that would keep the pool, when another one keeps it. */
export async function keepNoPool(body: unknown, response: ServerResponse): Promise<KeepPoolResult> {
  const { wait_ms: waitMs } = keepPoolInput.parse(body);
  const endsAtMs = Date.now() + waitMs;
  while (!response.destroyed && Date.now() < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
  return {
    lease_token: null,
    seen: 'none',
    pool_id: 'p',
    wanted: 0,
    free_workspaces: 0,
    slots: [],
    servers: [],
  };
}
