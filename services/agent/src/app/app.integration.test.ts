import { health } from '@podex/contracts/health';
import { modelList } from '@podex/contracts/models';
import { expect, it } from 'vitest';
import { AgentSetup, text } from '../../testing/agent-setup.ts';
import { INTERNAL_TOKEN } from '../../testing/turns-api-double.ts';

const bearer = { headers: { authorization: `Bearer ${INTERNAL_TOKEN}` } };

async function modelsOf(setup: AgentSetup, overrides: Record<string, string> = {}) {
  const agent = await setup.startAgent(overrides);
  const response = await fetch(`http://127.0.0.1:${agent.port}/models`, bearer);
  return modelList.parse(await response.json());
}

it('lists models to services only', async () => {
  await using setup = await AgentSetup.start([{ reply: { parts: [text('hi')] } }]);
  const agent = await setup.startAgent();
  const url = `http://127.0.0.1:${agent.port}/models`;
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(url, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  expect(modelList.parse(await (await fetch(url, bearer)).json())).toEqual({
    items: [
      {
        id: 'openai/scripted',
        provider: 'openai',
        name: 'scripted',
        default: true,
        context_tokens: null,
        abilities: { tools: null, images: null, reasoning: null },
        reasoning_efforts: [],
      },
    ],
    next: null,
    configured: true,
    default_model: 'openai/scripted',
    demo: false,
    message: null,
    missing_variables: [],
    tours: [],
  });
});

it('chooses what the endpoint lists when no default is named, and says that it is a demo', async () => {
  await using setup = await AgentSetup.start([{ reply: { parts: [text('hi')] } }]);
  setup.llm.setScript({ models: ['demo'], rules: [], tours: ['Show me around'] });
  const list = await modelsOf(setup, { DEFAULT_MODEL: '', AGENT_DEMO_MODEL: 'true' });
  expect(list).toMatchObject({ default_model: 'openai/demo', demo: true, tours: ['Show me around'] });
});

it('puts the default first when the provider does not list it, or does not respond', async () => {
  await using setup = await AgentSetup.start([]);
  const unlisted = await modelsOf(setup, { DEFAULT_MODEL: 'openai/other' });
  expect(unlisted.items.map((item) => [item.id, item.default])).toEqual([
    ['openai/other', true],
    ['openai/scripted', false],
  ]);
  const silent = await modelsOf(setup, { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
  expect(silent).toMatchObject({
    configured: true,
    default_model: 'openai/scripted',
    items: [{ default: true }],
  });
});

it('says what to set when nothing is configured', async () => {
  await using setup = await AgentSetup.start([]);
  const list = await modelsOf(setup, { OPENAI_BASE_URL: '', DEFAULT_MODEL: '' });
  expect(list).toMatchObject({ configured: false, default_model: null, items: [] });
  expect(list.missing_variables).toContain('OPENAI_BASE_URL');
  expect(list.message).toMatch(
    /Set OPENROUTER_API_KEY, ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL, GOOGLE_API_KEY or OLLAMA_URL/,
  );
});

it('reports api and compute', async () => {
  await using setup = await AgentSetup.start([]);
  const agent = await setup.startAgent();
  const well = await fetch(`http://127.0.0.1:${agent.port}/health`);
  expect(well.status).toBe(200);
  expect(health.parse(await well.json()).dependencies).toMatchObject({
    api: { ok: true },
    compute: { ok: true },
  });
  setup.api.isAway = true;
  const ill = await fetch(`http://127.0.0.1:${agent.port}/ready`);
  expect(ill.status).toBe(503);
});
