import { newId, type WorkspaceId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker, callEnd } from '../../testing/agent-worker.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { TestConversation } from '../../testing/test-conversation.ts';
import { connectDatabase } from '../database/connect.ts';

describe('usage of models', () => {
  const api = setUpApi();
  let admin: TestUser;
  let user: TestUser;
  let workspace: WorkspaceId;
  let conversation: TestConversation;
  let worker: AgentWorker;
  let turn: ClaimedTurn;

  beforeAll(async () => {
    admin = await api().signInAdmin();
  });
  beforeEach(async () => {
    user = await api().signUp();
    const body = { name: 'shop' };
    workspace = (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body.id;
    conversation = await TestConversation.begin(api(), user, workspace);
    worker = new AgentWorker(api());
    await conversation.say('hi');
    turn = await worker.claim();
    return async () => {
      await conversation.cancel(turn.turn_id);
      await worker.release(turn, 'cancelled');
    };
  });

  const usage = async (query = '', as = user) => (await api().ask('GET', `/api/usage${query}`, { as })).body;

  async function rows() {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    return await database.db
      .selectFrom('model_call')
      .selectAll()
      .where('turn_id', '=', turn.turn_id)
      .orderBy('id')
      .execute();
  }

  it('is kept for each call, with the price that held, and told to who follows the conversation', async () => {
    await worker.callModel(turn, { model: 'openai/gpt-5', end: { response_id: 'resp-1' } });
    expect(await rows()).toMatchObject([
      {
        user_id: user.id,
        team_id: null,
        workspace_id: workspace,
        conversation_id: conversation.id,
        attempt: 1,
        model: 'openai/gpt-5',
        outcome: 'whole',
        finish_reason: 'stop',
        response_id: 'resp-1',
        input_tokens: 1_000,
        cached_input_tokens: 500,
        is_estimated: false,
        price_source: 'list',
        input_price: 1_250_000,
        cached_input_price: 125_000,
        output_price: 10_000_000,
        // 500 × $1.25 + 500 × $0.125 + 100 × $10, for a million tokens, rounded up.
        cost_microusd: 1_688,
      },
    ]);
    const told = (await conversation.events()).find(({ body }) => body.type === 'usage.recorded');
    expect(told?.body.usage).toMatchObject({
      model: 'openai/gpt-5',
      input_tokens: 1_000,
      cost_usd: 0.001688,
    });
    const transcript = await api().ask('GET', `/api/conversations/${conversation.id}/transcript`, {
      as: user,
    });
    expect(transcript.body.items[0].usage).toEqual({
      input_tokens: 1_000,
      output_tokens: 100,
      cost_usd: 0.001688,
      unpriced_calls: 0,
    });
    expect((await conversation.get()).usage).toMatchObject({ calls: 1, cost_usd: 0.001688 });
  });

  it('is counted once however often a worker repeats itself', async () => {
    const { step } = await worker.callModel(turn, { model: 'openai/gpt-5' });
    const { inStep, ...place } = step;
    const batch = { ...place, first_index: 2, events: [callEnd(inStep, { cost_usd: 1.25 })] };
    expect((await worker.append(turn, batch)).status).toBe(200);
    expect((await worker.append(turn, batch)).status).toBe(200);
    expect((await usage()).total).toMatchObject({ calls: 1, cost_usd: 1.25 });
  });

  it('of one response is counted once, though the vendor bills it in two attempts', async () => {
    const { step } = await worker.callModel(turn, {
      model: 'openrouter/a/b',
      end: { response_id: 'gen-1', cost_usd: 0.5, outcome: 'empty', code: 'model_failed' },
    });
    const { inStep, ...place } = step;
    const events = [
      { type: 'model_call.started', ...inStep, model: 'openrouter/a/b', estimated_input_tokens: 9 },
      callEnd(inStep, { response_id: 'gen-1', cost_usd: 0.5 }),
    ];
    expect((await worker.append(turn, { ...place, first_index: 3, events })).status).toBe(200);
    expect((await rows()).map(({ attempt, cost_microusd }) => [attempt, cost_microusd])).toEqual([
      [1, 500_000],
      [2, 0],
    ]);
    expect((await usage()).total).toMatchObject({
      calls: 2,
      failed_calls: 1,
      input_tokens: 1_000,
      cost_usd: 0.5,
    });
    expect((await conversation.types()).filter((type) => type === 'usage.recorded')).toHaveLength(1);
  });

  it('of a worker that was killed in a call is closed as broken by the next call, and is not free', async () => {
    const { step } = await worker.callModel(turn, { model: 'openai/gpt-5', inputTokens: 8_000 });
    expect(await rows()).toMatchObject([{ outcome: null, ended_at: null, cost_microusd: 10_000 }]);
    await conversation.expireLease(turn);
    turn = await worker.claim();
    const { inStep, ...place } = step;
    const events = [
      { type: 'step.restarted', ...inStep, step_index: 0, reason: 'again' },
      { type: 'model_call.started', ...inStep, model: 'openai/gpt-5', estimated_input_tokens: 8_000 },
    ];
    await worker.append(turn, { ...place, first_index: 2, events });
    await worker.append(turn, { ...place, first_index: 4, events: [callEnd(inStep, {})] });
    expect(await rows()).toMatchObject([
      {
        attempt: 1,
        outcome: 'broken',
        error_code: 'worker_lost',
        is_estimated: true,
        input_tokens: 8_000,
        cost_microusd: 10_000,
      },
      { attempt: 2, outcome: 'whole', is_estimated: false, cost_microusd: 1_688 },
    ]);
    expect((await usage()).total).toMatchObject({
      calls: 2,
      failed_calls: 1,
      estimated_calls: 1,
      cost_usd: 0.011688,
    });
  });

  it('of a call that runs ends with its turn, also where no worker ends it', async () => {
    await worker.callModel(turn, { model: 'openai/gpt-5', inputTokens: 800 });
    await conversation.expireLease(turn);
    await conversation.cancel(turn.turn_id);
    expect(await rows()).toMatchObject([
      { outcome: 'cancelled', ended_at: expect.any(Date), input_tokens: 800 },
    ]);
  });

  it('is nothing of a provider that gave no response, estimated of one that broke off, unknown without a price', async () => {
    const failed = { outcome: 'failed', code: 'model_failed', tokens: null, response_id: null } as const;
    await worker.callModel(turn, { model: 'openai/gpt-5', inputTokens: 800, end: failed });
    const broken = { ...failed, outcome: 'broken', estimated_output_tokens: 100 } as const;
    await worker.callModel(turn, { model: 'openai/gpt-5', stepIndex: 1, inputTokens: 800, end: broken });
    await worker.callModel(turn, { model: 'openai/mine', stepIndex: 2, end: {} });
    await worker.callModel(turn, { model: 'ollama/qwen3', stepIndex: 3, end: {} });
    expect((await rows()).map(({ cost_microusd, input_tokens }) => [cost_microusd, input_tokens])).toEqual([
      [0, 0],
      [2_000, 800],
      [null, 1_000],
      [0, 1_000],
    ]);
    const { items } = await usage('?by=model');
    expect(items).toMatchObject([
      { key: 'openai/gpt-5', calls: 2, failed_calls: 2, cost_usd: 0.002, estimated_calls: 1 },
      { key: 'openai/mine', cost_usd: null, unpriced_calls: 1 },
      { key: 'ollama/qwen3', cost_usd: 0, unpriced_calls: 0 },
    ]);
  });

  it('is summed by day, model, workspace and conversation, page by page', async () => {
    for (const [stepIndex, name] of ['a', 'b', 'c'].entries()) {
      await worker.callModel(turn, { model: `openrouter/${name}`, stepIndex, end: { cost_usd: stepIndex } });
    }
    const today = new Date().toISOString().slice(0, 10);
    expect((await usage()).items).toMatchObject([{ key: today, name: null, calls: 3, cost_usd: 3 }]);
    expect((await usage('?by=workspace')).items).toMatchObject([{ key: workspace, name: 'shop', calls: 3 }]);
    expect((await usage('?by=conversation')).items).toMatchObject([{ key: conversation.id, name: 'hi' }]);
    const first = await usage('?by=model&limit=2');
    expect(first.items.map(({ key }: { key: string }) => key)).toEqual(['openrouter/c', 'openrouter/b']);
    const second = await usage(`?by=model&limit=2&after=${encodeURIComponent(first.next)}`);
    expect(second).toMatchObject({ items: [{ key: 'openrouter/a' }], next: null, total: { calls: 3 } });
    expect(await usage('?from=2020-01-01&to=2020-12-31')).toMatchObject({ items: [], total: { calls: 0 } });
  });

  it('is kept when its workspace is gone', async () => {
    await worker.callModel(turn, { model: 'openrouter/a', end: { cost_usd: 2 } });
    await api().ask('DELETE', `/api/workspaces/${workspace}`, { as: user });
    expect((await usage('?by=workspace')).items).toMatchObject([{ key: workspace, name: null, cost_usd: 2 }]);
  });

  it('is for its person, and for admins alone that of everybody', async () => {
    await worker.callModel(turn, { model: 'openrouter/a', end: { cost_usd: 2 } });
    const other = await api().signUp();
    expect((await usage('', other)).total.calls).toBe(0);
    expect((await api().ask('GET', '/api/admin/usage', { as: other })).status).toBe(403);
    const all = await api().ask('GET', '/api/admin/usage?by=holder&limit=200', { as: admin });
    expect(all.body.items).toContainEqual(
      expect.objectContaining({ key: user.id, name: user.email, calls: 1, cost_usd: 2 }),
    );
  });

  it.each([
    '?by=holder',
    '?by=month',
    '?from=yesterday',
    '?from=2026-02-01&to=2026-01-01',
    `?after=${newId('turn')}`,
  ])('is refused for %s', async (query) => {
    expect(await usage(query)).toMatchObject({ error: { code: 'invalid_request' } });
  });
});
