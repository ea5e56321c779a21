import type { WorkspaceId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../testing/agent-worker.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { TestConversation } from '../../testing/test-conversation.ts';
import { connectDatabase } from '../database/connect.ts';

describe('what the agent may spend on models', () => {
  const api = setUpApi();
  let user: TestUser;
  let workspace: WorkspaceId;
  let conversation: TestConversation;
  let worker: AgentWorker;

  beforeEach(async () => {
    user = await api().signUp();
    const body = { name: 'one' };
    workspace = (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body.id;
    conversation = await TestConversation.begin(api(), user, workspace);
    worker = new AgentWorker(api());
  });

  afterEach(async () => {
    await api().changeSettings({
      max_spend_usd_per_user_per_day: null,
      max_spend_usd_per_user_per_month: null,
      max_active_turns_per_user: null,
      model_prices: null,
    });
  });

  /** The turn of this test’s conversation; others may have left theirs. */
  async function claim(): Promise<ClaimedTurn> {
    for (;;) {
      const turn = await worker.claim();
      if (turn.conversation_id === conversation.id) return turn;
    }
  }

  async function used(quota: string): Promise<{ used: number; max: number | null }> {
    const { body } = await api().ask('GET', '/api/quotas', { as: user });
    return body.items[0].quotas.find((one: { quota: string }) => one.quota === quota);
  }

  /** A call that costs so much, in a step of its own. */
  function spend(turn: ClaimedTurn, cost: number) {
    return worker.callModel(turn, { model: 'openrouter/large', end: { cost_usd: cost } });
  }

  it('makes a turn wait before its next call, holding no worker, until the next day or until more is allowed', async () => {
    await api().changeSettings({ max_spend_usd_per_user_per_day: 2 });
    await conversation.say('hi');
    const turn = await claim();
    expect((await spend(turn, 2.5)).ended?.status).toBe(200);
    const refused = await worker.callModel(turn, { model: 'openrouter/large', stepIndex: 1 });
    expect(refused.begun.status).toBe(429);
    expect(refused.begun.body.error).toMatchObject({
      code: 'budget_exhausted',
      message: expect.stringContaining(
        '$2.50 was spent on models today in this workspace and others of its owner, and $2.00 is allowed.',
      ),
    });
    // The step that was refused has not begun.
    expect((await worker.context(turn)).turns[0].steps).toHaveLength(1);
    expect((await worker.release(turn, 'waiting', { reason: 'budget' })).body).toEqual({
      outcome: 'released',
    });
    const midnight = new Date();
    midnight.setUTCHours(24, 0, 0, 0);
    const { active_turn: waiting } = await conversation.get();
    expect(waiting).toMatchObject({
      status: 'waiting',
      waiting: { reason: 'budget', message: expect.stringContaining('an admin can allow more') },
    });
    expect(Date.parse(waiting.waiting.wake_at)).toBeCloseTo(midnight.getTime(), -3);
    expect(await worker.tryClaim()).toBeNull();

    const more = await TestConversation.begin(api(), user, workspace);
    expect((await more.say('more')).body.error).toMatchObject({
      code: 'budget_exhausted',
      context: { limit: 'max_spend_usd_per_user_per_day', max: 2, used: 2.5 },
    });

    const wake = () => api().ask('POST', `/api/turns/${turn.turn_id}/wake`, { as: user });
    expect((await wake()).body.status).toBe('queued');
    const again = await claim();
    expect((await worker.callModel(again, { model: 'openrouter/large', stepIndex: 1 })).begun.status).toBe(
      429,
    );
    await worker.release(again, 'waiting', { reason: 'budget' });
    await api().changeSettings({ max_spend_usd_per_user_per_day: 3 });
    expect((await wake()).body.status).toBe('queued');
    const last = await claim();
    expect((await worker.callModel(last, { model: 'openrouter/large', stepIndex: 1 })).begun.status).toBe(
      200,
    );
    await worker.release(last, 'completed');
  });

  it('that begins again has the turn go on by itself, and its workspace started', async () => {
    await api().changeSettings({ max_spend_usd_per_user_per_day: 2 });
    await conversation.say('hi');
    const turn = await claim();
    await spend(turn, 2.5);
    await worker.release(turn, 'waiting', { reason: 'budget' });
    await api().ask('POST', `/api/workspaces/${workspace}/stop?wait_ms=0`, { as: user });
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('turn')
      .set({ wake_at: sql<Date>`now()` })
      .where('id', '=', turn.turn_id)
      .execute();
    const again = await claim();
    expect(again.turn_id).toBe(turn.turn_id);
    const found = await api().ask('GET', `/api/workspaces/${workspace}`, { as: user });
    expect(found.body.desired_status).toBe('running');
    await worker.release(again, 'cancelled');
  });

  it('is not waited for when it was raised meanwhile', async () => {
    await conversation.say('hi');
    const turn = await claim();
    expect((await worker.release(turn, 'waiting', { reason: 'budget' })).body).toEqual({
      outcome: 'continue',
    });
    await worker.release(turn, 'completed');
  });

  it('is held for what runs already: of two turns that begin together only as many as fit', async () => {
    // One prompt of a million tokens costs $1.25 at least.
    await api().changeSettings({ max_spend_usd_per_user_per_day: 1 });
    const two = await TestConversation.begin(api(), user, workspace);
    await conversation.say('hi');
    await two.say('hi');
    const turns = [await worker.claim(), await worker.claim()];
    const calls = await Promise.all(
      turns.map((turn) => worker.callModel(turn, { model: 'openai/gpt-5', inputTokens: 1_000_000 })),
    );
    expect(calls.map(({ begun }) => begun.status).sort()).toEqual([200, 429]);
    expect((await used('spend_usd_today')).used).toBe(1.25);
    for (const turn of turns) await worker.release(turn, 'cancelled');
  });

  it('allows only models whose price is known, until an admin sets one', async () => {
    await conversation.say('hi');
    const turn = await claim();
    const mine = { model: 'openai/mine', end: {} };
    expect((await worker.callModel(turn, mine)).begun.status).toBe(200);
    await api().changeSettings({ max_spend_usd_per_user_per_month: 50 });
    const refused = await worker.callModel(turn, { ...mine, stepIndex: 1 });
    expect(refused.begun.status).toBe(409);
    expect(refused.begun.body.error).toMatchObject({
      code: 'model_price_unknown',
      message: expect.stringContaining('ask an admin to set its price'),
    });
    await api().changeSettings({ model_prices: ['openai/* input=2 output=10 cached=0.5'] });
    expect((await worker.callModel(turn, { ...mine, stepIndex: 1 })).ended?.status).toBe(200);
    // 500 × $2 + 500 × $0.50 + 100 × $10, for a million tokens; the first call stays unknown.
    expect(await used('spend_usd_this_month')).toMatchObject({ used: 0.00225, max: 50 });
    expect((await conversation.get()).usage).toMatchObject({
      calls: 2,
      cost_usd: 0.00225,
      unpriced_calls: 1,
    });
    await worker.release(turn, 'completed');
  });

  it('of no call that cannot be counted lets one begin', async () => {
    await conversation.say('hi');
    const turn = await claim();
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await sql`alter table model_call rename to model_call_away`.execute(database.db);
    try {
      expect((await worker.callModel(turn, { model: 'ollama/qwen3' })).begun.status).toBe(500);
    } finally {
      await sql`alter table model_call_away rename to model_call`.execute(database.db);
    }
    expect((await worker.context(turn)).turns[0].steps).toEqual([]);
    await worker.release(turn, 'cancelled');
  });

  it('names the month when that is what is spent', async () => {
    await api().changeSettings({ max_spend_usd_per_user_per_day: 1, max_spend_usd_per_user_per_month: 1 });
    await conversation.say('hi');
    const turn = await claim();
    await spend(turn, 1);
    await worker.release(turn, 'completed');
    const { error } = (await conversation.say('more')).body;
    expect(error.context.limit).toBe('max_spend_usd_per_user_per_month');
    expect(error.context.resets_at).toMatch(/-01T00:00:00\.000Z$/);
  });

  it('lets exactly as many turns begin as may be active at once', async () => {
    await api().changeSettings({ max_active_turns_per_user: 3 });
    const conversations = await Promise.all(
      Array.from({ length: 6 }, () => TestConversation.begin(api(), user, workspace)),
    );
    const answers = await Promise.all(conversations.map((one) => one.say('hi')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 429, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.body.error.context).toEqual({
      limit: 'max_active_turns_per_user',
      max: 3,
      used: 3,
    });
    // What steers a turn begins none.
    const begun = conversations[answers.findIndex(({ status }) => status === 201)];
    expect((await begun?.say('and this'))?.status).toBe(201);
    expect((await begun?.say('and then', 'queue'))?.status).toBe(429);
  });

  it('is a team’s own in a workspace of it', async () => {
    const team = (await api().ask('POST', '/api/teams', { as: user, body: { name: 'crew' } })).body.id;
    await api().ask('POST', `/api/workspaces/${workspace}/transfer`, { as: user, body: { team_id: team } });
    await conversation.say('hi');
    const turn = await claim();
    await spend(turn, 4);
    expect((await used('spend_usd_today')).used).toBe(0);
    const { items } = (await api().ask('GET', '/api/quotas', { as: user })).body;
    expect(items.map(({ kind, name }: { kind: string; name: string }) => [kind, name])[1]).toEqual([
      'team',
      'crew',
    ]);
    expect(items[1].quotas).toContainEqual({
      quota: 'spend_usd_today',
      unit: 'usd',
      used: 4,
      max: null,
      is_own: false,
    });
    expect(items[1].quotas.some(({ quota }: { quota: string }) => quota === 'tokens')).toBe(false);
  });

  it('stays free of deadlocks while messages, starts and transfers cross', async () => {
    const team = (await api().ask('POST', '/api/teams', { as: user, body: { name: 'crew' } })).body.id;
    const rounds = Array.from({ length: 8 }, async (_none, round) => {
      const one = await TestConversation.begin(api(), user, workspace);
      const move = (to: string | null) =>
        api().ask('POST', `/api/workspaces/${workspace}/transfer`, { as: user, body: { team_id: to } });
      const start = () => api().ask('POST', `/api/workspaces/${workspace}/start?wait_ms=0`, { as: user });
      const answers = await Promise.all([
        one.say('hi'),
        move(round % 2 === 0 ? team : null),
        start(),
        one.say('and', 'queue'),
      ]);
      return answers.map(({ status }) => status);
    });
    const statuses = (await Promise.all(rounds)).flat();
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  });
});
