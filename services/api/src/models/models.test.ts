import { PodexError } from '@podex/contracts/errors';
import type { ModelList } from '@podex/contracts/models';
import type { InternalClient } from '@podex/service-kit/internal-client';
import { describe, expect, it } from 'vitest';
import { createModelService } from './models.ts';

const LIST: ModelList = {
  items: [],
  next: null,
  configured: true,
  default_model: null,
  demo: false,
  message: null,
  missing_variables: [],
  tours: [],
};

/** An agent that answers with what `answer` gives. */
function agentThat(answer: () => ModelList): InternalClient & { calls: number } {
  const agent: InternalClient & { calls: number } = {
    calls: 0,
    async request(_method, _path, schema) {
      agent.calls += 1;
      return schema.parse(answer());
    },
    send: () => Promise.reject(new Error('not used')),
  };
  return agent;
}

describe('models', () => {
  it('asks agent once in a while', async () => {
    const agent = agentThat(() => LIST);
    const models = createModelService({ agent });
    await models.list();
    await models.requireConfigured();
    expect(agent.calls).toBe(1);
  });

  it('asks again while nothing is configured', async () => {
    const agent = agentThat(() => ({ ...LIST, configured: false, missing_variables: ['OLLAMA_URL'] }));
    const models = createModelService({ agent });
    await models.list();
    await expect(models.requireConfigured()).rejects.toMatchObject({
      code: 'no_model_configured',
      context: { variables: ['OLLAMA_URL'] },
    });
    expect(agent.calls).toBe(2);
  });

  it('takes work while agent is away', async () => {
    const away = () => {
      throw new PodexError('service_unavailable', 'away', { service: 'agent' });
    };
    const models = createModelService({ agent: agentThat(away) });
    await expect(models.requireConfigured()).resolves.toBeUndefined();
    await expect(models.list()).rejects.toMatchObject({ code: 'service_unavailable' });
  });
});
