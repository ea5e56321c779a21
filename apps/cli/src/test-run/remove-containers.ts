import { z } from 'zod';
import {
  EngineApiError,
  requestEngineDone,
  requestEngineJson,
} from '../../../../workspace/image/engine-api.ts';

const CALL_TIMEOUT_MS = 30_000;

/**
 * Removes every container of an engine, running or not. For the tests' own engine: its containers outlive it, so
 * what a failed test left would run until the next boot.
 */
export async function removeContainers(socketPath: string): Promise<void> {
  const endpoint = { socketPath };
  const containers = await requestEngineJson(
    endpoint,
    { method: 'GET', path: '/containers/json?all=true', timeoutMs: CALL_TIMEOUT_MS },
    z.array(z.object({ Id: z.string() })),
  );
  for (const { Id: id } of containers) {
    await requestEngineDone(endpoint, {
      method: 'DELETE',
      path: `/containers/${id}?force=true`,
      timeoutMs: CALL_TIMEOUT_MS,
    }).catch((error: unknown) => {
      // Gone, or being removed, since it was listed.
      if (!(error instanceof EngineApiError && (error.status === 404 || error.status === 409))) throw error;
    });
  }
}
