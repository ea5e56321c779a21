import { expect, it } from 'vitest';
import { anthropicWire } from '../../../../tests/doubles/llm/vendors/anthropic-wire.ts';
import { openAiResponsesWire } from '../../../../tests/doubles/llm/vendors/openai-responses-wire.ts';
import { startVendorDouble, type VendorDouble } from '../../../../tests/doubles/llm/vendors/vendor-double.ts';
import { AgentSetup } from '../../testing/agent-setup.ts';

const FIRST = 'anthropic/claude-sonnet-5-5';
const SECOND = 'openai/gpt-5.6';

/** Two vendors, of which the first fails in the middle of a turn. */
async function startBoth(
  fallback: string,
  overrides: Record<string, string> = {},
): Promise<AsyncDisposable & Both> {
  const [anthropic, openai, agent] = await Promise.all([
    startVendorDouble(anthropicWire),
    startVendorDouble(openAiResponsesWire),
    AgentSetup.start([]),
  ]);
  await agent.startAgent({
    ANTHROPIC_API_KEY: 'key',
    ANTHROPIC_BASE_URL: `${anthropic.url}/v1`,
    OPENAI_API_KEY: 'key',
    OPENAI_BASE_URL: `${openai.url}/v1`,
    OPENAI_API: 'responses',
    DEFAULT_MODEL: FIRST,
    FALLBACK_MODEL: fallback,
    ...overrides,
  });
  await agent.workspace.write('a.txt', 'first file');
  anthropic.say(
    'claude-sonnet-5-5',
    {
      parts: [
        { type: 'reasoning', text: 'The file says it.', proof: 'c2lnbmVk' },
        { type: 'tool_call', id: 'call_1', name: 'read_file', args: '{"path":"a.txt"}' },
      ],
    },
    { refusal: 'overload' },
  );
  openai.say('gpt-5.6', { parts: [{ type: 'text', text: 'It is the first.' }] });
  return {
    anthropic,
    openai,
    agent,
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await Promise.all([anthropic.stop(), openai.stop()]);
    },
  };
}

interface Both {
  anthropic: VendorDouble;
  openai: VendorDouble;
  agent: AgentSetup;
}

it('a model that is away in the middle of a turn is followed by the fallback, with all that was done', async () => {
  await using both = await startBoth(SECOND);
  const { agent, anthropic, openai } = both;
  const conversation = agent.conversation({ model: FIRST });
  const turn = agent.api.send(conversation, 'Which?');
  await agent.api.waitForStatus(turn, 'completed', 60_000);
  const events = agent.api.eventsOf(turn);
  expect(events.find(({ type }) => type === 'step.restarted')).toMatchObject({
    model: SECOND,
    reason: expect.stringMatching(/overloaded.* openai\/gpt-5\.6 is asked instead\.$/i),
  });
  expect(events.findLast(({ type }) => type === 'text.end')).toMatchObject({ text: 'It is the first.' });
  expect(anthropic.requestsOf('claude-sonnet-5-5')).toHaveLength(3);
  const [asked] = openai.requestsOf('gpt-5.6');
  expect(JSON.stringify(asked?.body.input)).toContain('first file');
  const calls = agent.api
    .conversationOf(turn)
    .modelCalls.flatMap((event) => (event.type === 'model_call.started' ? [event.model] : []));
  expect(calls).toEqual([FIRST, FIRST, FIRST, SECOND]);

  // For a while it is not waited for again.
  const next = agent.api.send(conversation, 'And now?');
  await agent.api.waitForStatus(next, 'completed', 60_000);
  expect(anthropic.requestsOf('claude-sonnet-5-5')).toHaveLength(3);
  expect(agent.api.eventsOf(next).find(({ type }) => type === 'step.started')).toMatchObject({
    model: SECOND,
  });
});

it('a fallback that is not set up changes nothing', async () => {
  await using both = await startBoth(SECOND, { OPENAI_API_KEY: '', OPENAI_BASE_URL: '' });
  const { agent, anthropic } = both;
  anthropic.say(
    'claude-sonnet-5-5',
    { refusal: 'overload' },
    { refusal: 'overload' },
    { parts: [{ type: 'text', text: 'Back.' }] },
  );
  const turn = agent.send('hi', { model: FIRST });
  await agent.api.waitForStatus(turn, 'completed', 60_000);
  expect(agent.api.eventsOf(turn).findLast(({ type }) => type === 'text.end')).toMatchObject({
    text: 'Back.',
  });
});
