import type { ApprovalPreview } from '@podex/contracts/conversations';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';

describe('turns that need a person’s word', () => {
  const api = setUpApi();
  let user: TestUser;
  let workspaceId: string;
  let conversation: TestConversation;
  let worker: AgentWorker;

  beforeAll(async () => {
    user = await api().signUp();
    worker = new AgentWorker(api());
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    workspaceId = made.body.id;
  });
  beforeEach(async () => {
    conversation = await TestConversation.begin(api(), user, workspaceId);
  });

  const resolve = (id: string, body: object) =>
    api().ask('POST', `/api/approvals/${id}`, { as: user, body: { decision: 'approve', ...body } });

  const toldOf = async (id: string) => {
    const as = await api().signInAdmin();
    return (await api().ask('GET', `/api/admin/audit?target=${id}`, { as })).body.items;
  };

  const QUESTION = {
    type: 'question',
    question: 'Which port?',
    options: ['3000', '8080'],
    is_multiple: false,
  } as const;
  const question = { ...QUESTION, options: [...QUESTION.options] };
  const stateOf = async (turn: ClaimedTurn) =>
    (await worker.context(turn)).turns.at(-1).steps[0].tool_calls[0].approval;

  async function askFor(options: { expiresInMs?: number; preview?: ApprovalPreview } = {}) {
    await conversation.say('do it');
    const turn = await worker.claim();
    const call = await worker.startToolStep(turn);
    const id = await worker.requestApproval(turn, { ...call, firstIndex: 2, ...options });
    return { turn, id, call };
  }

  it('release the turn until it comes, and go on with it', async () => {
    const { turn, id } = await askFor();
    expect((await worker.release(turn, 'waiting', { reason: 'approval' })).body).toEqual({
      outcome: 'released',
    });
    expect((await conversation.get()).active_turn).toMatchObject({
      status: 'waiting',
      waiting: { reason: 'approval', wake_at: null, message: null },
    });
    expect(await worker.tryClaim()).toBeNull();
    const waiting = worker.tryClaim(5000);
    const answer = await resolve(id, { remember: { kind: 'command', scope: 'conversation' } });
    expect(answer.body).toMatchObject({
      id,
      status: 'approved',
      tool: 'run_command',
      workspace_id: workspaceId,
    });
    const next = await waiting;
    if (next === null) throw new Error('the turn did not go on');
    const context = await worker.context(next);
    expect(context.rules).toEqual([
      { effect: 'allow', scope: 'conversation', tool: 'run_command', path: null, command: ['ls'] },
    ]);
    expect(context.turns[0].steps[0].tool_calls[0].approval).toEqual({
      id,
      status: 'approved',
      answer: null,
      file: null,
    });
    const again = await resolve(id, { decision: 'deny' });
    expect(again.body.error).toMatchObject({
      code: 'approval_already_resolved',
      context: { status: 'approved' },
    });
    const admin = await api().signInAdmin();
    const told = await api().ask('GET', `/api/admin/audit?workspace=${workspaceId}&action=approval`, {
      as: admin,
    });
    expect(told.body.items).toMatchObject([
      { action: 'approval.approved', actor: { id: user.id }, target: { id, name: 'run_command' } },
    ]);
    await worker.release(next, 'completed');
    expect(await conversation.types()).toEqual(
      expect.arrayContaining(['approval.requested', 'turn.waiting', 'approval.resolved']),
    );
  });

  it('do not release the turn when it came meanwhile', async () => {
    const { turn, id } = await askFor();
    expect((await resolve(id, { decision: 'deny' })).body.status).toBe('denied');
    expect(await toldOf(id)).toMatchObject([{ action: 'approval.denied', actor: { id: user.id } }]);
    expect((await worker.release(turn, 'waiting', { reason: 'approval' })).body).toEqual({
      outcome: 'continue',
    });
    expect((await worker.context(turn)).rules).toEqual([]);
    await worker.release(turn, 'completed');
  });

  it('wait for the last of several', async () => {
    const { turn, id, call } = await askFor();
    const second = await worker.requestApproval(turn, { ...call, firstIndex: 3 });
    await worker.release(turn, 'waiting', { reason: 'approval' });
    await resolve(id, {});
    expect(await worker.tryClaim()).toBeNull();
    await resolve(second, {});
    await worker.release(await worker.claim(), 'completed');
  });

  it('take silence for a no, once its time is over', async () => {
    const { turn, id } = await askFor({ expiresInMs: 200 });
    await worker.release(turn, 'waiting', { reason: 'approval' });
    await new Promise((done) => setTimeout(done, 250));
    const late = await resolve(id, {});
    expect(late.body.error).toMatchObject({
      code: 'approval_already_resolved',
      context: { status: 'expired' },
    });
    const next = await worker.tryClaim(10_000);
    expect(next?.turn_id).toBe(turn.turn_id);
    if (next === null) throw new Error('the turn did not go on');
    const context = await worker.context(next);
    expect(context.turns[0].steps[0].tool_calls[0].approval).toEqual({
      id,
      status: 'expired',
      answer: null,
      file: null,
    });
    expect(await toldOf(id)).toMatchObject([{ action: 'approval.expired', actor: { kind: 'system' } }]);
    await worker.release(next, 'completed');
  }, 20_000);

  it('take the first answer to a question, and keep it for the agent', async () => {
    const { turn, id } = await askFor({ preview: question });
    await worker.release(turn, 'waiting', { reason: 'input' });
    expect((await conversation.get()).active_turn.waiting.reason).toBe('input');
    const wake = await api().ask('POST', `/api/turns/${turn.turn_id}/wake`, { as: user });
    expect(wake.body.error.code).toBe('conflict');
    expect((await resolve(id, {})).body.error.code).toBe('invalid_request');
    expect((await resolve(id, { answer: { choices: ['1'] } })).body.error.code).toBe('invalid_request');
    expect(await worker.tryClaim()).toBeNull();
    const answer = { choices: ['8080'], text: null };
    expect((await resolve(id, { answer: { choices: ['8080'] } })).body).toMatchObject({
      status: 'approved',
      answer,
    });
    const second = await resolve(id, { answer: { text: 'no, 3000' } });
    expect(second.body.error.code).toBe('approval_already_resolved');
    const next = await worker.claim();
    expect(await stateOf(next)).toEqual({ id, status: 'approved', answer, file: null });
    await worker.release(next, 'completed');
    const bodies = (await conversation.events()).map(({ body }) => body);
    expect(bodies.find(({ type }) => type === 'approval.resolved')).toMatchObject({ answer });
  });

  it('take a message in place of an answer', async () => {
    const { turn, id } = await askFor({ preview: question });
    await worker.release(turn, 'waiting', { reason: 'input' });
    await conversation.say('neither');
    const next = await worker.claim();
    expect(next.turn_id).toBe(turn.turn_id);
    expect(await stateOf(next)).toMatchObject({ id, status: 'expired', answer: null });
    expect((await resolve(id, { answer: { text: 'late' } })).body.error.code).toBe(
      'approval_already_resolved',
    );
    await worker.release(next, 'cancelled');
  });

  it('go on in the mode in which a plan was approved', async () => {
    const planned = await api().ask('PATCH', `/api/conversations/${conversation.id}`, {
      as: user,
      body: { mode: 'plan' },
    });
    expect(planned.body.mode).toBe('plan');
    const { turn, id } = await askFor({ preview: { type: 'plan', markdown: '# Plan' } });
    await worker.release(turn, 'waiting', { reason: 'input' });
    expect((await resolve(id, {})).body.error.code).toBe('invalid_request');
    expect((await resolve(id, { answer: { mode: 'auto' } })).body.status).toBe('approved');
    const next = await worker.claim();
    expect((await worker.context(next)).mode).toBe('auto');
    expect((await conversation.get()).mode).toBe('auto');
    await worker.release(next, 'completed');
  });

  it('are cancelled at once while they wait, and nothing stays pending', async () => {
    const { turn, id } = await askFor();
    await worker.release(turn, 'waiting', { reason: 'approval' });
    expect((await conversation.cancel(turn.turn_id)).body.status).toBe('cancelled');
    const approvals = await api().ask('GET', '/api/approvals', { as: user });
    expect(approvals.body.items.find((one: { id: string }) => one.id === id).status).toBe('expired');
    expect((await conversation.types()).slice(-4)).toEqual([
      'approval.resolved',
      'tool_call.end',
      'step.finished',
      'turn.cancelled',
    ]);
    expect(await worker.tryClaim()).toBeNull();
  });
});
