import { expect, it } from 'vitest';
import type { VendorRequest } from '../../../../tests/doubles/llm/vendors/vendor-double.ts';
import { VENDORS, VendorSetup } from '../../testing/vendors.ts';

const THOUGHT = 'The file says which one it is.';
const PROOF = 'c2lnbmVkIGJ5IHRoZSB2ZW5kb3I=';

/** Where each vendor wants its reasoning back. */
const SENT_BACK: Record<string, (body: VendorRequest['body']) => void> = {
  Anthropic: ({ messages }) =>
    expect(messages).toMatchObject([
      {},
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: THOUGHT, signature: PROOF }, { type: 'tool_use' }],
      },
      { role: 'user', content: [{ type: 'tool_result' }] },
    ]),
  'OpenAI Responses': ({ input }) =>
    expect(input).toEqual([
      expect.objectContaining({ role: 'developer' }),
      expect.objectContaining({ role: 'user' }),
      expect.objectContaining({
        type: 'reasoning',
        encrypted_content: PROOF,
        summary: [{ type: 'summary_text', text: THOUGHT }],
      }),
      expect.objectContaining({ type: 'function_call' }),
      expect.objectContaining({ type: 'function_call_output' }),
    ]),
  'chat completions': ({ messages }) =>
    expect(messages).toMatchObject([
      {},
      {},
      { role: 'assistant', reasoning_content: THOUGHT, tool_calls: [{}] },
      { role: 'tool' },
    ]),
  Google: ({ contents }) =>
    expect(contents).toMatchObject([
      {},
      {
        role: 'model',
        parts: [
          { text: THOUGHT, thought: true },
          { functionCall: { name: 'read_file' }, thoughtSignature: 'signed-call_1' },
        ],
      },
      { role: 'user', parts: [{ functionResponse: {} }] },
    ]),
  Ollama: ({ messages }) =>
    expect(messages).toMatchObject([{}, {}, { role: 'assistant', tool_calls: [{}] }, {}]),
  OpenRouter: ({ messages }) =>
    expect(messages).toMatchObject([
      {},
      {},
      {
        role: 'assistant',
        reasoning_details: [{ type: 'reasoning.text', text: THOUGHT, signature: PROOF }],
        tool_calls: [{}],
      },
      { role: 'tool' },
    ]),
};

/** A model of each that is known to reason, and what it is asked when a person chooses how much. */
const EFFORT: Record<string, { model: string; asked: object }> = {
  Anthropic: {
    model: 'claude-sonnet-5-5',
    asked: { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } },
  },
  'OpenAI Responses': { model: 'gpt-5.6', asked: { reasoning: { effort: 'high', summary: 'auto' } } },
  'chat completions': { model: 'served', asked: {} },
  Google: {
    model: 'gemini-3.5-flash',
    asked: { generationConfig: { thinkingConfig: { thinkingLevel: 'high', includeThoughts: true } } },
  },
  Ollama: { model: 'qwen3:8b', asked: { reasoning_effort: 'high' } },
  OpenRouter: { model: 'anthropic/claude-sonnet-5.5', asked: { reasoning: { effort: 'high' } } },
};

it.each(VENDORS)('$name shows its reasoning, and has it back with the results', async (vendor) => {
  await using setup = await VendorSetup.start(vendor);
  const { agent, double } = setup;
  const { model, asked } = EFFORT[vendor.name] ?? { model: '', asked: {} };
  await agent.workspace.write('a.txt', 'first file');
  double.say(
    model,
    {
      parts: [
        { type: 'reasoning', text: THOUGHT, proof: PROOF },
        { type: 'tool_call', id: 'call_1', name: 'read_file', args: '{"path":"a.txt"}' },
      ],
    },
    { parts: [{ type: 'text', text: 'It is the first.' }] },
  );
  const turn = agent.send('Which?', { model: `${vendor.provider}/${model}`, reasoningEffort: 'high' });
  await agent.api.waitForStatus(turn, 'completed', 60_000);
  const events = agent.api.eventsOf(turn);
  const shown = events.find((event) => event.type === 'reasoning.end');
  expect(shown).toMatchObject({ text: THOUGHT });
  const [first, second] = double.requestsOf(model);
  expect(first?.body).toMatchObject(asked);
  SENT_BACK[vendor.name]?.(second?.body ?? {});
  const ended = agent.api.conversationOf(turn).modelCalls.find(({ type }) => type === 'model_call.ended');
  expect(ended).toMatchObject({
    tokens: { cached_input_tokens: vendor.name === 'Ollama' ? 0 : 400 },
    cost_usd: vendor.name === 'OpenRouter' ? 0.0125 : null,
  });
});

it.each(VENDORS)('$name is not told how much to reason when nobody chose it', async (vendor) => {
  await using setup = await VendorSetup.start(vendor);
  const { model } = EFFORT[vendor.name] ?? { model: '' };
  setup.double.say(model, { parts: [{ type: 'text', text: 'Hello.' }] });
  const turn = setup.agent.send('hi', { model: `${vendor.provider}/${model}` });
  await setup.agent.api.waitForStatus(turn, 'completed', 60_000);
  const body = JSON.stringify(setup.double.requestsOf(model)[0]?.body);
  expect(body).not.toMatch(/effort|thinkingLevel|budget/i);
});

it('OpenAI is asked again without a summary when the account has none, and not for one after that', async () => {
  const vendor = VENDORS.find(({ name }) => name === 'OpenAI Responses');
  if (vendor === undefined) throw new Error('there is no such vendor');
  await using setup = await VendorSetup.start(vendor);
  const { agent, double } = setup;
  const hello = { parts: [{ type: 'text', text: 'Hello.' }] } as const;
  double.say('gpt-5.6', { refusal: 'no_summaries' }, { parts: [...hello.parts] });
  const model = `${vendor.provider}/gpt-5.6`;
  const conversation = agent.conversation({ model });
  for (const message of ['hi', 'again']) {
    const turn = agent.api.send(conversation, message);
    await agent.api.waitForStatus(turn, 'completed', 60_000);
    expect(agent.api.eventsOf(turn).filter((event) => event.type === 'step.retrying')).toEqual([]);
  }
  const summaries = double.requestsOf('gpt-5.6').map(({ body }) => JSON.stringify(body.reasoning ?? null));
  expect(summaries).toEqual(['{"summary":"auto"}', 'null', 'null']);
});
