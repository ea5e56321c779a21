import { newId, type WorkspaceId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../testing/agent-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { TestConversation } from '../../testing/test-conversation.ts';

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
    });
  });

  /** A step that costs so much; `first` continues the numbers of one that is there. */
  function stepOf(turn: ClaimedTurn, cost: number | null, stepId = newId('step')) {
    const inStep = { turn_id: turn.turn_id, step_id: stepId };
    return {
      step_id: stepId,
      step_index: 0,
      first_index: 0,
      events: [
        { type: 'step.started', ...inStep, step_index: 0, model: 'openai/large' },
        {
          type: 'usage.recorded',
          ...inStep,
          usage: {
            model: 'openai/large',
            input_tokens: 1_000,
            output_tokens: 100,
            cached_input_tokens: 500,
            cost_usd: cost,
          },
        },
      ],
    };
  }

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

  it('is counted once however often a worker repeats itself', async () => {
    await conversation.say('hi');
    const turn = await claim();
    const batch = stepOf(turn, 1.25);
    expect((await worker.append(turn, batch)).status).toBe(200);
    expect((await worker.append(turn, batch)).status).toBe(200);
    expect(await used('spend_usd_today')).toMatchObject({ used: 1.25, max: null });
    expect(await used('spend_usd_this_month')).toMatchObject({ used: 1.25, max: null });
  });

  it('counts nothing where the provider says no cost', async () => {
    await conversation.say('hi');
    const turn = await claim();
    expect((await worker.append(turn, stepOf(turn, null))).status).toBe(200);
    expect((await used('spend_usd_today')).used).toBe(0);
  });

  it('ends a turn before its next step, and refuses the next message, until more is allowed', async () => {
    await api().changeSettings({ max_spend_usd_per_user_per_day: 2 });
    await conversation.say('hi');
    const turn = await claim();
    expect((await worker.context(turn)).refusal).toBeNull();
    await worker.append(turn, stepOf(turn, 2.5));
    const { refusal } = await worker.context(turn);
    expect(refusal).toMatchObject({
      code: 'budget_exhausted',
      message: expect.stringContaining(
        '$2.50 was spent on models today in this workspace and others of its owner, and $2.00 is allowed.',
      ),
    });
    await worker.release(turn, 'failed', refusal);
    const refused = await conversation.say('more');
    expect(refused.status).toBe(429);
    expect(refused.body.error).toMatchObject({
      code: 'budget_exhausted',
      context: { limit: 'max_spend_usd_per_user_per_day', max: 2, used: 2.5 },
    });
    const midnight = new Date();
    midnight.setUTCHours(24, 0, 0, 0);
    expect(refused.body.error.context.resets_at).toBe(midnight.toISOString());
    expect((await conversation.types()).filter((type) => type === 'turn.queued')).toHaveLength(1);
    await api().changeSettings({ max_spend_usd_per_user_per_day: 3 });
    expect((await conversation.say('more')).status).toBe(201);
  });

  it('names the month when that is what is spent', async () => {
    await api().changeSettings({ max_spend_usd_per_user_per_day: 1, max_spend_usd_per_user_per_month: 1 });
    await conversation.say('hi');
    const turn = await claim();
    await worker.append(turn, stepOf(turn, 1));
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
    await worker.append(turn, stepOf(turn, 4));
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
