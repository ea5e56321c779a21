import type { WorkerEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import { createCapabilityCheck } from '@podex/service-kit/capability';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';

describe('turns', () => {
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

  it('run from a message to their end', async () => {
    const sent = await conversation.say('Fix the login page\nplease');
    expect(sent.status).toBe(201);
    expect(await conversation.get()).toMatchObject({
      title: 'Fix the login page',
      active_turn: { id: sent.body.turn_id, status: 'queued' },
    });
    const turn = await worker.claim();
    expect(turn).toMatchObject({
      turn_id: sent.body.turn_id,
      conversation_id: conversation.id,
      workspace_id: workspaceId,
    });
    expect(await worker.tryClaim()).toBeNull();
    const { stepId, toolCallId } = await worker.startToolStep(turn);
    const inStep = { turn_id: turn.turn_id, step_id: stepId };
    await worker.append(turn, {
      step_id: stepId,
      step_index: 0,
      first_index: 2,
      events: [
        { type: 'tool_call.end', ...inStep, tool_call_id: toolCallId, status: 'completed', output: 'a\0b' },
        { type: 'step.finished', ...inStep, step_index: 0, finish_reason: 'tool_calls' },
      ] satisfies WorkerEvent[],
    });
    const context = await worker.context(turn);
    expect(context).toMatchObject({ mode: 'ask', model: null, workspace_name: 'w', cancel_requested: false });
    expect(context.turns).toHaveLength(1);
    expect(context.turns[0]).toMatchObject({
      messages: [{ text: 'Fix the login page\nplease', before_step: 0 }],
      steps: [
        {
          step_id: stepId,
          status: 'finished',
          next_index: 4,
          assistant: [{ type: 'tool_call', tool_call_id: toolCallId }],
          tool_calls: [{ tool_call_id: toolCallId, status: 'completed', output: 'a\ufffdb', approval: null }],
        },
      ],
    });
    // What the model wrote goes back to it letter by letter.
    expect(Object.keys(context.turns[0].steps[0].assistant[0].input)).toEqual(['zebra', 'command']);
    expect((await worker.release(turn, 'completed')).body).toEqual({ outcome: 'released' });
    expect(await conversation.get()).toMatchObject({ active_turn: null, last_seq: 8 });
    expect(await conversation.types()).toEqual([
      'message.created',
      'turn.queued',
      'turn.started',
      'step.started',
      'tool_call.ready',
      'tool_call.end',
      'step.finished',
      'turn.completed',
    ]);
    expect((await conversation.events()).map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('take each batch of events once, however often it is sent', async () => {
    await conversation.say('hello');
    const turn = await worker.claim();
    const stepId = newId('step');
    const inStep = { turn_id: turn.turn_id, step_id: stepId };
    const delta = (text: string) => ({ type: 'text.delta', ...inStep, part_id: 'p', text });
    const first = {
      step_id: stepId,
      step_index: 0,
      first_index: 0,
      events: [{ type: 'step.started', ...inStep, step_index: 0, model: 'm' }, delta('a'), delta('b')],
    };
    expect((await worker.append(turn, first)).status).toBe(200);
    expect((await worker.append(turn, first)).status).toBe(200);
    // Half of it is known already.
    const overlapping = { step_id: stepId, step_index: 0, first_index: 2, events: [delta('b'), delta('c')] };
    expect((await worker.append(turn, overlapping)).status).toBe(200);
    const both = { ...overlapping, first_index: 4, events: [delta('d')] };
    await Promise.all([worker.append(turn, both), worker.append(turn, both)]);
    const texts = (await conversation.events())
      .filter((event) => event.body.type === 'text.delta')
      .map((event) => event.body.text);
    expect(texts).toEqual(['a', 'b', 'c', 'd']);

    const gap = await worker.append(turn, { ...overlapping, first_index: 9 });
    expect([gap.status, gap.body.error.code]).toEqual([409, 'conflict']);
    const otherStep = await worker.append(turn, { ...overlapping, step_id: newId('step'), first_index: 5 });
    expect(otherStep.body.error.code).toBe('conflict');
    const unopened = await worker.append(turn, { ...overlapping, step_index: 1, first_index: 0 });
    expect(unopened.body.error.code).toBe('conflict');
    await worker.release(turn, 'cancelled');
  });

  it('are taken over when their worker is lost, and refuse what it says afterwards', async () => {
    await conversation.say('hello');
    const lost = await worker.claim();
    const { stepId, toolCallId } = await worker.startToolStep(lost);
    const renewed = (await worker.renew(lost)).body;
    expect(renewed).toMatchObject({ cancel_requested: false, expires_in_ms: 8000 });
    const check = createCapabilityCheck(api().config.compute.keys);
    const request = { workspaceId: lost.workspace_id, method: 'PUT', target: '/' };
    for (const capability of [lost.capability, renewed.capability]) {
      const opened = await check({ ...request, authorization: `Bearer ${capability}` });
      expect(opened).toMatchObject({ kind: 'turn', turn_id: lost.turn_id, attempt: 1, access: 'write' });
    }
    expect(await worker.tryClaim()).toBeNull();
    const waiting = new AgentWorker(api(), 'another').tryClaim(10_000);
    await conversation.expireLease(lost);
    const next = await waiting;
    expect(next).toMatchObject({ turn_id: lost.turn_id });
    if (next === null) throw new Error('not taken over');
    const opened = await check({ ...request, authorization: `Bearer ${next.capability}` });
    expect(opened).toMatchObject({ turn_id: lost.turn_id, attempt: 2 });
    for (const answer of [
      await worker.renew(lost),
      await worker.release(lost, 'completed'),
      await worker.append(lost, {
        step_id: stepId,
        step_index: 0,
        first_index: 2,
        events: [
          {
            type: 'tool_call.output',
            turn_id: lost.turn_id,
            step_id: stepId,
            tool_call_id: toolCallId,
            text: 'late',
          },
        ],
      }),
    ]) {
      expect([answer.status, answer.body.error.code]).toEqual([409, 'lease_lost']);
    }
    const context = await worker.context(next);
    expect(context.turns[0].steps[0]).toMatchObject({ status: 'acting', next_index: 2 });
    expect(context.turns[0].steps[0].tool_calls[0]).toMatchObject({
      tool_call_id: toolCallId,
      status: 'pending',
    });
    const started = (await conversation.events()).filter((event) => event.body.type === 'turn.started');
    expect(started.map((event) => event.body.attempt)).toEqual([1, 2]);
    await worker.release(next, 'cancelled');
  }, 20_000);

  it('are not given to a worker that has gone while it waited', async () => {
    const gone = new AbortController();
    const waiting = fetch(`${api().baseUrl}/internal/turns/claim`, {
      method: 'POST',
      signal: gone.signal,
      headers: {
        authorization: `Bearer ${api().config.internalToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ worker_id: 'gone', wait_ms: 20_000 }),
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await conversation.say('hello');
    await worker.release(await worker.claim(), 'cancelled');
  });

  it('are given on at once when a worker lets go of them', async () => {
    await conversation.say('hello');
    const turn = await worker.claim();
    expect((await worker.release(turn, 'released')).body).toEqual({ outcome: 'released' });
    const next = await worker.claim();
    expect(next.turn_id).toBe(turn.turn_id);
    await worker.release(next, 'cancelled');
  });

  it('fail in the end when every worker is lost in them', async () => {
    await conversation.say('hello');
    for (let lost = 0; lost < 5; lost += 1) await conversation.expireLease(await worker.claim());
    expect(await worker.tryClaim()).toBeNull();
    expect((await conversation.get()).active_turn).toBeNull();
    expect((await conversation.events()).at(-1)?.body).toMatchObject({
      type: 'turn.failed',
      code: 'internal',
    });
  });

  it('run one at a time in a conversation, in the order of their messages', async () => {
    const first = (await conversation.say('one')).body.turn_id;
    const second = (await conversation.say('two', 'queue')).body.turn_id;
    expect(second).not.toBe(first);
    const turn = await worker.claim();
    expect(turn.turn_id).toBe(first);
    expect(await worker.tryClaim()).toBeNull();
    const waiting = worker.tryClaim(5000);
    await worker.release(turn, 'failed', { code: 'model_failed', message: 'the provider is down' });
    const next = await waiting;
    expect(next?.turn_id).toBe(second);
    if (next === null) throw new Error('nothing claimed');
    const context = await worker.context(next);
    expect(context.turns.map((one: { turn_id: string }) => one.turn_id)).toEqual([first, second]);
    await worker.release(next, 'cancelled');
    expect(await conversation.types()).toContain('turn.failed');
  });

  it('claim different turns at once', async () => {
    const turns: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      conversation = await TestConversation.begin(api(), user, workspaceId);
      turns.push((await conversation.say('hello')).body.turn_id);
    }
    const claimed = await Promise.all(Array.from({ length: 6 }, () => worker.tryClaim()));
    const got = claimed.filter((turn) => turn !== null);
    expect(got.map((turn) => turn.turn_id).sort()).toEqual([...turns].sort());
    for (const turn of got) await worker.release(turn, 'cancelled');
  });

  it('are steered by what is said meanwhile', async () => {
    const { turn_id: turnId } = (await conversation.say('one')).body;
    const turn = await worker.claim();
    await worker.context(turn);
    await worker.startToolStep(turn, 0);
    expect((await conversation.say('not that way')).body.turn_id).toBe(turnId);
    // Nobody has read it: the worker is told to go on.
    expect((await worker.release(turn, 'completed')).body).toEqual({ outcome: 'continue' });
    const context = await worker.context(turn);
    expect(context.turns[0].messages.map((message: { before_step: number }) => message.before_step)).toEqual([
      0, 1,
    ]);
    await worker.startToolStep(turn, 1);
    expect((await worker.release(turn, 'completed')).body).toEqual({ outcome: 'released' });
  });

  it('put a message behind a step that began without it', async () => {
    await conversation.say('one');
    const turn = await worker.claim();
    await worker.context(turn);
    await worker.startToolStep(turn, 0);
    // The worker has read what there is for step 1, then somebody speaks, then step 1 begins.
    await worker.context(turn);
    await conversation.say('too late for step 1');
    await worker.startToolStep(turn, 1);
    expect((await worker.release(turn, 'completed')).body).toEqual({ outcome: 'continue' });
    const context = await worker.context(turn);
    expect(context.turns[0].messages.at(-1)).toMatchObject({ text: 'too late for step 1', before_step: 2 });
    await worker.startToolStep(turn, 2);
    expect((await worker.release(turn, 'completed')).body).toEqual({ outcome: 'released' });
  });

  it('send a message once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'message-1' };
    const [first, second] = await Promise.all([
      conversation.say('once', 'queue', headers),
      conversation.say('once', 'queue', headers),
    ]);
    expect(second?.body).toEqual(first?.body);
    expect((await conversation.types()).filter((type) => type === 'message.created')).toHaveLength(1);
    await worker.release(await worker.claim(), 'cancelled');
  });

  it('are cancelled at once when nobody works on them, else by their worker', async () => {
    const { turn_id: queued } = (await conversation.say('one')).body;
    expect((await conversation.cancel(queued)).body).toMatchObject({ id: queued, status: 'cancelled' });
    expect((await conversation.cancel(queued)).body.error.code).toBe('turn_already_ended');

    const { turn_id: running } = (await conversation.say('two')).body;
    const turn = await worker.claim();
    expect((await conversation.cancel(running)).body).toMatchObject({ status: 'running', ended_at: null });
    expect((await worker.renew(turn)).body.cancel_requested).toBe(true);
    // What is said now is not for the turn that is being cancelled.
    const { turn_id: next } = (await conversation.say('three')).body;
    expect(next).not.toBe(running);
    expect((await worker.release(turn, 'cancelled')).body).toEqual({ outcome: 'released' });
    expect((await worker.claim()).turn_id).toBe(next);
    await conversation.cancel(next);
    expect((await conversation.get()).active_turn).toMatchObject({ id: next, status: 'running' });
  });

  it('want their workspace running again', async () => {
    await api().ask('POST', `/api/workspaces/${workspaceId}/stop?wait_ms=0`, { as: user });
    await conversation.say('hello');
    const workspace = await api().ask('GET', `/api/workspaces/${workspaceId}`, { as: user });
    expect(workspace.body.desired_status).toBe('running');
    await worker.release(await worker.claim(), 'cancelled');
  });

  it('end with their conversation', async () => {
    const { turn_id: running } = (await conversation.say('one')).body;
    await conversation.say('two', 'queue');
    const turn = await worker.claim();
    expect(turn.turn_id).toBe(running);
    const path = `/api/conversations/${conversation.id}`;
    expect((await api().ask('DELETE', path, { as: user })).status).toBe(204);
    expect((await api().ask('GET', path, { as: user })).body.error.code).toBe('conversation_not_found');
    expect((await worker.renew(turn)).body.cancel_requested).toBe(true);
    expect((await worker.release(turn, 'cancelled')).status).toBe(200);
    expect(await worker.tryClaim()).toBeNull();
  });
});
