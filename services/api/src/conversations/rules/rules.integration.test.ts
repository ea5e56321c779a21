import { RULES_PER_PLACE_MAX } from '@podex/contracts/rules';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';

const NPM_TEST = { effect: 'allow', tool: 'run_command', path: null, command: ['npm', 'test'] };

describe('rules for agents', () => {
  const api = setUpApi();
  let owner: TestUser;
  let viewer: TestUser;
  let workspaceId: string;
  let conversation: TestConversation;
  let worker: AgentWorker;

  const makeWorkspace = async () => {
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'w' } });
    return made.body.id as string;
  };
  const rulesOf = async (path: string) => (await api().ask('GET', `${path}/rules`, { as: owner })).body.items;
  const add = (path: string, body: object, as = owner) => api().ask('POST', `${path}/rules`, { as, body });
  const inForce = async (of: TestConversation) => {
    await of.say('go on');
    const turn = await worker.claim();
    const { rules } = await worker.context(turn);
    await worker.release(turn, 'completed');
    return rules;
  };

  beforeAll(async () => {
    owner = await api().signUp();
    viewer = await api().signUp();
    worker = new AgentWorker(api());
    workspaceId = await makeWorkspace();
    const share = { email: viewer.email, role: 'viewer' };
    await api().ask('POST', `/api/workspaces/${workspaceId}/shares`, { as: owner, body: share });
  });
  beforeEach(async () => {
    conversation = await TestConversation.begin(api(), owner, workspaceId);
  });

  it('of the conversation, its workspace and its owner reach the agent, and no others', async () => {
    const elsewhere = await makeWorkspace();
    const other = await TestConversation.begin(api(), owner, elsewhere);
    await add(`/api/conversations/${conversation.id}`, NPM_TEST);
    await add(`/api/workspaces/${workspaceId}`, { effect: 'deny', tool: 'write_file', path: '.env' });
    await add('/api/me', { effect: 'ask', tool: 'run_command', command: ['git', 'push'] });
    await add('/api/me', { effect: 'deny', tool: 'run_command' }, viewer);
    const own = { effect: 'ask', scope: 'user', tool: 'run_command', path: null, command: ['git', 'push'] };
    expect(await inForce(conversation)).toEqual([
      { ...NPM_TEST, scope: 'conversation' },
      { effect: 'deny', scope: 'workspace', tool: 'write_file', path: '.env', command: null },
      own,
    ]);
    expect(await inForce(other)).toEqual([own]);
  });

  it('are listed, made once, removed, and in the audit log', async () => {
    const place = `/api/conversations/${conversation.id}`;
    const made = await add(place, NPM_TEST);
    expect(made).toMatchObject({ status: 201, body: { ...NPM_TEST, scope: 'conversation' } });
    expect((await add(place, NPM_TEST)).body.id).toBe(made.body.id);
    expect(await rulesOf(place)).toEqual([made.body]);
    expect(await rulesOf(`/api/workspaces/${workspaceId}`)).not.toContainEqual(made.body);
    const remove = (from: string) => api().ask('DELETE', `${from}/rules/${made.body.id}`, { as: owner });
    expect((await remove(`/api/workspaces/${workspaceId}`)).body.error.code).toBe('rule_not_found');
    expect((await remove(place)).status).toBe(204);
    expect(await rulesOf(place)).toEqual([]);
    const admin = await api().signInAdmin();
    const told = await api().ask('GET', `/api/admin/audit?target=${made.body.id}`, { as: admin });
    expect(told.body.items.map(({ action }: { action: string }) => action)).toEqual([
      'rule.removed',
      'rule.added',
    ]);
  });

  it('are for who may change the workspace: a viewer sees them, and cannot add, remove or approve', async () => {
    const place = `/api/workspaces/${workspaceId}`;
    const made = await add(place, { effect: 'deny', tool: 'edit_file' });
    expect((await api().ask('GET', `${place}/rules`, { as: viewer })).status).toBe(200);
    expect((await add(place, NPM_TEST, viewer)).status).toBe(403);
    expect((await add(`/api/conversations/${conversation.id}`, NPM_TEST, viewer)).status).toBe(403);
    const removed = await api().ask('DELETE', `${place}/rules/${made.body.id}`, { as: viewer });
    expect(removed.status).toBe(403);
    await conversation.say('do it');
    const turn = await worker.claim();
    const call = await worker.startToolStep(turn);
    const id = await worker.requestApproval(turn, { ...call, firstIndex: 2 });
    const body = { decision: 'approve', remember: { kind: 'tool', scope: 'workspace' } };
    expect((await api().ask('POST', `/api/approvals/${id}`, { as: viewer, body })).status).toBe(403);
    expect(await rulesOf(place)).not.toContainEqual(expect.objectContaining({ effect: 'allow' }));
    await worker.release(turn, 'completed');
  });

  it('are remembered with a decision, as the approval offers them', async () => {
    await conversation.say('do it');
    const turn = await worker.claim();
    const call = await worker.startToolStep(turn);
    const id = await worker.requestApproval(turn, { ...call, firstIndex: 2 });
    const resolve = (remember: object) =>
      api().ask('POST', `/api/approvals/${id}`, { as: owner, body: { decision: 'deny', remember } });
    expect((await resolve({ kind: 'path', scope: 'workspace' })).body.error.code).toBe('invalid_request');
    expect((await resolve({ kind: 'command', scope: 'workspace' })).body.status).toBe('denied');
    expect(await rulesOf(`/api/workspaces/${workspaceId}`)).toContainEqual(
      expect.objectContaining({ effect: 'deny', tool: 'run_command', command: ['ls'] }),
    );
    await worker.release(turn, 'completed');
  });

  it('have a path or a command, and no more of them than can be read', async () => {
    const both = { effect: 'allow', tool: 'run_command', path: 'a', command: ['ls'] };
    expect((await add('/api/me', both)).status).toBe(400);
    const place = `/api/conversations/${conversation.id}`;
    for (let index = 0; index < RULES_PER_PLACE_MAX; index += 1) {
      expect((await add(place, { effect: 'deny', tool: 'write_file', path: `${index}` })).status).toBe(201);
    }
    expect((await add(place, NPM_TEST)).body.error.code).toBe('limit_reached');
  });
});
