import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { AgentSetup, text } from '../../testing/agent-setup.ts';

const HELLO = {
  reply: {
    parts: [text('Hello there.')],
    usage: { prompt_tokens: 50, completion_tokens: 5, cached_tokens: 20 },
  },
};

describe('a call of a model', () => {
  it('is told with its outcome and figures, whether it worked or not', async () => {
    await using setup = await AgentSetup.start([
      { times: 1, reply: { error: { status: 500 } } },
      {
        times: 1,
        reply: { parts: [text('Hello there, half of')], cut_after_chunks: 3, chunk_delay_ms: 30 },
      },
      HELLO,
    ]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    const started = setup.api.modelCallsOf(turn, 'model_call.started');
    expect(started.map(({ model }) => model)).toEqual(Array(3).fill('openai/scripted'));
    // The prompt, the instructions and the tools.
    expect(started[0]?.estimated_input_tokens).toBeGreaterThan(1000);
    const [failed, broken, whole] = setup.api.modelCallsOf(turn, 'model_call.ended');
    expect(failed).toMatchObject({
      outcome: 'failed',
      code: 'model_failed',
      tokens: null,
      estimated_output_tokens: 0,
    });
    expect(broken).toMatchObject({ outcome: 'broken', code: 'model_failed', tokens: null });
    expect(broken?.estimated_output_tokens).toBeGreaterThan(0);
    expect(whole).toMatchObject({
      outcome: 'whole',
      code: null,
      finish_reason: 'stop',
      response_id: expect.stringMatching(/./),
      tokens: { input_tokens: 50, cached_input_tokens: 20, output_tokens: 5 },
    });
  });

  it('that comes to nothing is told so', async () => {
    await using setup = await AgentSetup.start([{ times: 1, reply: { parts: [] } }, HELLO]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'completed');
    const [empty] = setup.api.modelCallsOf(turn, 'model_call.ended');
    expect(empty).toMatchObject({ outcome: 'empty', code: 'model_failed', finish_reason: 'stop' });
  });

  it('that is cut at its longest response, or withheld, is told so', async () => {
    await using setup = await AgentSetup.start([
      { when: { user: 'long' }, reply: { parts: [text('And so')], finish_reason: 'length' } },
      { when: { user: 'bad' }, reply: { parts: [text('I can')], finish_reason: 'content_filter' } },
    ]);
    await setup.startAgent();
    const long = setup.send('long');
    await setup.api.waitForStatus(long, 'completed');
    expect(setup.api.modelCallsOf(long, 'model_call.ended')[0]?.outcome).toBe('truncated');
    const bad = setup.send('bad');
    await setup.api.waitForStatus(bad, 'failed');
    expect(setup.api.modelCallsOf(bad, 'model_call.ended')[0]).toMatchObject({
      outcome: 'refused',
      code: 'model_failed',
      finish_reason: 'content_filter',
    });
  });

  it('that a person cancels is told so, with what had come of it', async () => {
    await using setup = await AgentSetup.start([
      { reply: { parts: [text('word '.repeat(400))], chunk_delay_ms: 50 } },
    ]);
    await setup.startAgent();
    const turn = setup.send('go on');
    await setup.api.waitForEvent(turn, (event) => event.type === 'text.delta');
    setup.api.cancel(turn);
    await setup.api.waitForStatus(turn, 'cancelled');
    const ended = setup.api.modelCallsOf(turn, 'model_call.ended');
    expect(ended).toMatchObject([{ outcome: 'cancelled', code: null, tokens: null }]);
    expect(ended[0]?.estimated_output_tokens).toBeGreaterThan(0);
  });

  it('is not made before api has taken its beginning, and waits where nothing may be spent', async () => {
    await using setup = await AgentSetup.start([HELLO]);
    await setup.startAgent();
    const conversation = setup.conversation();
    conversation.refusal = new PodexError('budget_exhausted', 'It is spent. It begins again tomorrow.', {
      limit: 'spend_usd_today',
      max: 1,
      used: 1,
      resets_at: new Date().toISOString(),
    });
    const turn = setup.api.send(conversation, 'hi');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.waiting).toMatchObject({
      reason: 'budget',
      message: 'It is spent. It begins again tomorrow.',
    });
    expect(turn.lease).toBeUndefined();
    expect(turn.steps).toEqual([]);
    expect(setup.llm.requests()).toEqual([]);
    delete conversation.refusal;
    setup.api.wake(turn);
    await setup.api.waitForStatus(turn, 'completed');
    expect(setup.llm.requests()).toHaveLength(1);
  });

  it('ends the turn where api knows no price of the model and needs one', async () => {
    await using setup = await AgentSetup.start([HELLO]);
    await setup.startAgent();
    const conversation = setup.conversation();
    const message = 'Nobody knows what it costs.';
    conversation.refusal = new PodexError('model_price_unknown', message, { model: 'openai/scripted' });
    const turn = setup.api.send(conversation, 'look');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toEqual({ code: 'model_price_unknown', message });
    expect(setup.llm.requests()).toEqual([]);
  });
});
