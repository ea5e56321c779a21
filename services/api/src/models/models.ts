import { PodexError } from '@podex/contracts/errors';
import { type ModelList, modelList } from '@podex/contracts/models';
import type { InternalClient } from '@podex/service-kit/internal-client';

/** How long an answer of agent is used again: what can be chosen changes only when agent restarts. */
const FRESH_MS = 3_000;
const TIMEOUT_MS = 5_000;

export type ModelService = ReturnType<typeof createModelService>;

/** Which models there are is known to agent alone. */
export function createModelService({ agent }: { agent: InternalClient }) {
  let last: { list: ModelList; at: number } | undefined;

  async function list(): Promise<ModelList> {
    if (last && performance.now() - last.at < FRESH_MS) return last.list;
    const fresh = await agent.request('GET', '/models', modelList, { timeoutMs: TIMEOUT_MS });
    // That nothing is configured is asked each time: the person who reads it is about to change it.
    last = fresh.configured ? { list: fresh, at: performance.now() } : undefined;
    return fresh;
  }

  return {
    /** @throws PodexError service_unavailable, timed_out while agent can’t be reached. */
    list,

    /**
     * Refuses work that nothing could do. While agent can’t be reached, work is taken: turns are durable and wait for it.
     *
     * @throws PodexError no_model_configured with what to set.
     */
    async requireConfigured(): Promise<void> {
      let current: ModelList;
      try {
        current = await list();
      } catch (error) {
        if (PodexError.has(error, 'service_unavailable') || PodexError.has(error, 'timed_out')) return;
        throw error;
      }
      if (current.configured) return;
      const message = current.message ?? 'No model is configured. Set a provider’s key on the agent service.';
      throw new PodexError('no_model_configured', message, { variables: current.missing_variables });
    },
  };
}
