import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentDouble } from '../../testing/agent-double.ts';
import { AgentWorker } from '../../testing/agent-worker.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { purgeConversations } from '../app/sweep.ts';
import { connectDatabase } from '../database/connect.ts';

describe('conversations', () => {
  let agent: AgentDouble;
  const api = setUpApi(async () => {
    agent = await AgentDouble.start();
    return { agentUrl: agent.url };
  });
  let user: TestUser;
  let workspaceId: string;

  beforeAll(async () => {
    user = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    workspaceId = made.body.id;
  });
  afterAll(() => agent.stop());

  const begin = (body: object = {}, headers: Record<string, string> = {}) =>
    api().ask('POST', `/api/workspaces/${workspaceId}/conversations`, { as: user, body, headers });
  const say = (id: string, text: string) =>
    api().ask('POST', `/api/conversations/${id}/messages`, { as: user, body: { text } });

  it('begin, change and are listed', async () => {
    const made = await begin({ mode: 'auto', model: 'openai/gpt-9', reasoning_effort: 'high' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      mode: 'auto',
      model: 'openai/gpt-9',
      reasoning_effort: 'high',
      active_turn: null,
      last_seq: 0,
    });
    const path = `/api/conversations/${made.body.id}`;
    const changed = await api().ask('PATCH', path, {
      as: user,
      body: { title: 'Named', mode: 'ask', model: null, reasoning_effort: null },
    });
    expect(changed.body).toMatchObject({ title: 'Named', mode: 'ask', model: null, reasoning_effort: null });
    await say(made.body.id, 'hello');
    const listed = await api().ask('GET', `/api/workspaces/${workspaceId}/conversations`, { as: user });
    expect(listed.body.items[0]).toMatchObject({
      title: 'Named',
      active_turn: { status: 'queued' },
      last_seq: 2,
    });
    await new AgentWorker(api()).claim();
  });

  it('begin in each mode, and in no other', async () => {
    for (const mode of ['plan', 'ask', 'auto']) expect((await begin({ mode })).body.mode).toBe(mode);
    expect((await begin({ mode: 'free' })).body.error.code).toBe('invalid_request');
  });

  it('begin once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'conversation-1' };
    const first = await begin({ title: 'once' }, headers);
    expect((await begin({ title: 'once' }, headers)).body).toEqual(first.body);
  });

  it('take their title from the first message, cut at a word', async () => {
    const { id } = (await begin()).body;
    await say(id, `  ${'word '.repeat(30)}\nsecond line`);
    const { title } = (await api().ask('GET', `/api/conversations/${id}`, { as: user })).body;
    expect(title).toMatch(/^(word )+word…$/);
    expect(title.length).toBeLessThanOrEqual(81);
    await new AgentWorker(api()).claim();
  });

  it('refuse a message that no model could answer, and say what to set', async () => {
    const { id } = (await begin()).body;
    const before = agent.models;
    agent.models = {
      ...before,
      configured: false,
      message: 'Set OPENROUTER_API_KEY or OLLAMA_URL on agent.',
      missing_variables: ['OPENROUTER_API_KEY', 'OLLAMA_URL'],
    };
    await eventually(async () => (await say(id, 'hello')).body.error?.code).toBe('no_model_configured');
    const refused = await say(id, 'hello');
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatchObject({
      message: 'Set OPENROUTER_API_KEY or OLLAMA_URL on agent.',
      context: { variables: ['OPENROUTER_API_KEY', 'OLLAMA_URL'] },
    });
    const models = await api().ask('GET', '/api/models', { as: user });
    expect(models.body).toMatchObject({ configured: false });
    agent.models = before;
  }, 20_000);

  it('are gone with their events once nobody works on them', async () => {
    const { id } = (await begin()).body;
    await api().ask('DELETE', `/api/conversations/${id}`, { as: user });
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const transact = testTransact(database.db);
    expect(await purgeConversations(transact)).toBeGreaterThan(0);
    expect(await database.db.selectFrom('conversation').select('id').where('id', '=', id).execute()).toEqual(
      [],
    );
    const topic = `conversation:${id}`;
    expect(await database.db.selectFrom('event').select('seq').where('topic', '=', topic).execute()).toEqual(
      [],
    );
  });

  it('end with their workspace', async () => {
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w2' } });
    const path = `/api/workspaces/${made.body.id}/conversations`;
    const { id } = (await api().ask('POST', path, { as: user, body: {} })).body;
    await say(id, 'hello');
    await api().ask('DELETE', `/api/workspaces/${made.body.id}`, { as: user });
    expect((await api().ask('GET', `/api/conversations/${id}`, { as: user })).status).toBe(404);
    expect((await say(id, 'hello')).body.error.code).toBe('conversation_not_found');
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const turns = await database.db
      .selectFrom('turn')
      .select('status')
      .where('conversation_id', '=', id)
      .execute();
    expect(turns).toEqual([{ status: 'cancelled' }]);
    const transact = testTransact(database.db);
    await new ComputeWorker(api(), await ComputeWorker.registerServer(api())).step();
    await purgeConversations(transact);
    expect(await database.db.selectFrom('conversation').select('id').where('id', '=', id).execute()).toEqual(
      [],
    );
  });
});
