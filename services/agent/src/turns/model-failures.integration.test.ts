import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';

const HELLO = { reply: { parts: [text('Hello there.')] } };

describe('a model that fails', () => {
  it('by a rate limit is asked again after the pause that it wants', async () => {
    await using setup = await AgentSetup.start([
      { times: 2, reply: { error: { status: 429, message: 'slow down', retry_after_seconds: 0.3 } } },
      HELLO,
    ]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    const events = setup.api.eventsOf(turn);
    const retries = events.filter((event) => event.type === 'step.retrying');
    expect(retries.map((event) => event.retry_in_ms)).toEqual([300, 300]);
    expect(retries[0]?.reason).toMatch(/429.*slow down/s);
    // Nothing had been shown, so there is nothing to take back.
    expect(events.some((event) => event.type === 'step.restarted')).toBe(false);
    const [first, second] = setup.llm.requests();
    expect(Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '')).toBeGreaterThanOrEqual(290);
  });

  it('by an error of its own, or in the middle of its response, is asked again', async () => {
    await using setup = await AgentSetup.start([
      { times: 1, reply: { error: { status: 500 } } },
      { times: 1, reply: { parts: [text('Hello there, half of')], cut_after_chunks: 3, chunk_delay_ms: 30 } },
      HELLO,
    ]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    const events = setup.api.eventsOf(turn);
    expect(eventProblems(events)).toEqual([]);
    expect(events.filter((event) => event.type === 'step.retrying')).toHaveLength(2);
    expect(events.filter((event) => event.type === 'step.restarted')).toHaveLength(1);
    expect(turn.steps).toHaveLength(1);
    expect(turn.steps[0]?.assistant).toEqual([{ type: 'text', text: 'Hello there.' }]);
  });

  it('by an empty response is asked again', async () => {
    await using setup = await AgentSetup.start([{ times: 1, reply: { parts: [] } }, HELLO]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    expect(setup.llm.requests()).toHaveLength(2);
  });

  it('by empty responses alone fails after the third', async () => {
    await using setup = await AgentSetup.start([{ reply: { parts: [] } }]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'failed');
    expect(setup.llm.requests()).toHaveLength(3);
    expect(turn.error).toMatchObject({ message: expect.stringContaining('empty response') });
  });

  it('to say anything after its tools has finished the turn', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [toolCall('list_files', {})] } },
      { when: { tool_results: 1 }, reply: { parts: [] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('look');
    await setup.api.waitForStatus(turn, 'completed');
    expect(setup.llm.requests()).toHaveLength(2);
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });

  it('by a filter fails at once, and runs none of its calls', async () => {
    await using setup = await AgentSetup.start([
      {
        reply: {
          parts: [text('First I'), toolCall('run_command', { command: 'touch made' })],
          finish_reason: 'content_filter',
        },
      },
    ]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toMatchObject({
      message: expect.stringContaining('withheld the rest of its response'),
    });
    expect(setup.llm.requests()).toHaveLength(1);
    expect(setup.workspace.commands.size).toBe(0);
  });

  it('in the middle of its text by its longest response goes on with it', async () => {
    await using setup = await AgentSetup.start([
      { times: 1, reply: { parts: [text('One, two,')], finish_reason: 'length' } },
      { reply: { parts: [text(' three.')] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('Count to three.');
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps.map(({ assistant }) => assistant)).toEqual([
      [expect.objectContaining({ text: 'One, two,' })],
      [expect.objectContaining({ text: ' three.' })],
    ]);
    const { messages } = setup.llm.requests().at(-1)?.body ?? {};
    expect(messages?.slice(-2)).toEqual([
      { role: 'assistant', content: 'One, two,' },
      { role: 'user', content: expect.stringContaining('Go on exactly where it stopped') },
    ]);
  });

  it('by its longest response before it said anything is not asked again', async () => {
    await using setup = await AgentSetup.start([{ reply: { parts: [], finish_reason: 'length' } }]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toMatchObject({ message: expect.stringContaining('longest response') });
    expect(setup.llm.requests()).toHaveLength(1);
  });

  it.each(['openai', 'openrouter'])(
    'by a stream of %s that names no reason for its end is asked again',
    async (provider) => {
      await using setup = await AgentSetup.start([
        { times: 1, reply: { parts: [text('Hello there, half of')], finish_reason: null } },
        HELLO,
      ]);
      const url = `${setup.llm.url}/v1`;
      await setup.startAgent(
        provider === 'openai'
          ? {}
          : {
              OPENAI_BASE_URL: '',
              OPENROUTER_API_KEY: 'key',
              OPENROUTER_BASE_URL: url,
              DEFAULT_MODEL: 'openrouter/scripted',
            },
      );
      const turn = setup.send('hi');
      await setup.api.waitForStatus(turn, 'completed');
      expect(turn.steps[0]?.assistant).toEqual([expect.objectContaining({ text: 'Hello there.' })]);
      expect(setup.llm.requests()).toHaveLength(2);
    },
  );

  it('to keep to 64 calls is told which did not run', async () => {
    const calls = Array.from({ length: 66 }, (_, index) => toolCall('read_file', { path: `${index}.txt` }));
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: calls } },
      { when: { tool_results: 66 }, reply: { parts: [text('Done.')] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('look');
    await setup.api.waitForStatus(turn, 'completed');
    const outputs = turn.steps[0]?.calls.map(({ output }) => output) ?? [];
    expect(outputs.slice(64)).toEqual([
      expect.stringMatching(/^This was not run: .*66 calls/),
      expect.any(String),
    ]);
    expect(outputs[2]).not.toContain('66 calls');
  });

  it.each([
    [401, 'model_failed', /OPENAI_API_KEY/],
    [402, 'model_failed', /no credit/],
    [404, 'model_not_available', /has no model scripted/],
    [400, 'model_failed', /The scripted model refuses/],
  ])('for good (%i) fails the turn with cause and cure', async (status, code, message) => {
    await using setup = await AgentSetup.start([{ reply: { error: { status } } }]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toEqual({ code, message: expect.stringMatching(message) });
    expect(setup.llm.requests()).toHaveLength(1);
  });

  it('because nobody listens there says so', async () => {
    await using setup = await AgentSetup.start([HELLO]);
    await setup.startAgent({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
    const turn = setup.send('hi');
    const retry = await setup.api.waitForEvent(turn, (event) => event.type === 'step.retrying');
    expect(retry).toMatchObject({ reason: expect.stringContaining('cannot be reached') });
    setup.api.cancel(turn);
    await setup.api.waitForStatus(turn, 'cancelled');
  });

  it('to take so long a conversation is asked with a shorter one', async () => {
    const reads = 5;
    await using setup = await AgentSetup.start([
      ...Array.from({ length: reads }, (_, results) => ({
        when: { tool_results: results },
        reply: { parts: [toolCall('read_file', { path: 'a.txt', offset: results + 1 })] },
      })),
      {
        times: 1,
        when: { tool_results: reads },
        reply: { error: { status: 400, code: 'context_length_exceeded' } },
      },
      HELLO,
    ]);
    // More than one read gives; all of them together are over half of the longest prompt.
    await setup.workspace.write('a.txt', `${'words '.repeat(20)}\n`.repeat(600));
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    const lengths = setup.llm.requests().map(({ body }) => JSON.stringify(body.messages).length);
    expect(lengths.at(-1)).toBeLessThan(lengths.at(-2) ?? 0);
  });
});

describe('without a model', () => {
  it('a turn fails with what to set, and nothing is faked', async () => {
    await using setup = await AgentSetup.start([HELLO]);
    await setup.startAgent({ OPENAI_BASE_URL: '', DEFAULT_MODEL: '' });
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toEqual({
      code: 'no_model_configured',
      message: expect.stringMatching(
        /OPENROUTER_API_KEY.*ANTHROPIC_API_KEY.*OPENAI_API_KEY.*OPENAI_BASE_URL.*OLLAMA_URL/,
      ),
    });
    expect(turn.steps).toEqual([]);
  });

  it('the key that api has is used', async () => {
    await using setup = await AgentSetup.start([
      { reply: { parts: [text('Hello.')], usage: { prompt_tokens: 5, completion_tokens: 2, cost: 0.25 } } },
    ]);
    setup.api.openrouterApiKey = 'key-of-api';
    await setup.startAgent({
      OPENAI_BASE_URL: '',
      DEFAULT_MODEL: '',
      OPENROUTER_BASE_URL: `${setup.llm.url}/v1`,
    });
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    expect(setup.llm.requests()[0]).toMatchObject({
      authorization: 'Bearer key-of-api',
      body: { model: 'openrouter/auto' },
    });
    expect(setup.api.modelCallsOf(turn, 'model_call.started')[0]?.model).toBe('openrouter/openrouter/auto');
    expect(setup.api.modelCallsOf(turn, 'model_call.ended')[0]?.cost_usd).toBe(0.25);
  });
});
