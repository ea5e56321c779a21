import { newId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { sql } from 'kysely';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';
import { connectDatabase } from '../../database/connect.ts';

const api = setUpApi();
let user: TestUser;
let workspaceId: string;
let conversation: TestConversation;
let worker: AgentWorker;
let compute: ComputeWorker;

beforeAll(async () => {
  user = await api().signUp();
  worker = new AgentWorker(api());
  compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
});
beforeEach(async () => {
  const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
  workspaceId = made.body.id;
  conversation = await TestConversation.begin(api(), user, workspaceId);
});

function wake(turn: ClaimedTurn) {
  return api().ask('POST', `/api/turns/${turn.turn_id}/wake`, { as: user });
}

/** A turn that its worker holds. */
async function begin(): Promise<ClaimedTurn> {
  await conversation.say('hello');
  return worker.claim();
}

async function end(turn: ClaimedTurn): Promise<void> {
  expect((await worker.release(turn, 'cancelled')).body).toEqual({ outcome: 'released' });
}

/** A step that was asked for once and failed. */
async function failOnce(turn: ClaimedTurn): Promise<string> {
  const stepId = newId('step');
  const inStep = { turn_id: turn.turn_id, step_id: stepId };
  await worker.append(turn, {
    step_id: stepId,
    step_index: 0,
    first_index: 0,
    events: [
      { type: 'step.started', ...inStep, step_index: 0, model: 'm' },
      { type: 'step.retrying', ...inStep, reason: '429', retry_in_ms: 700 },
    ],
  });
  return stepId;
}

describe('a turn that waits to retry', () => {
  const retry = (waitMs: number) => ({ reason: 'retry', wait_ms: waitMs, message: '429: slow down' });

  it('is claimed when its time has come, by a worker that asks already, with its retries counted', async () => {
    const turn = await begin();
    await failOnce(turn);
    const released = await worker.release(turn, 'waiting', retry(700));
    expect(released.body).toEqual({ outcome: 'released' });
    const { active_turn: active } = await conversation.get();
    expect(active).toMatchObject({
      status: 'waiting',
      waiting: { reason: 'retry', message: '429: slow down', wake_at: expect.any(String) },
    });
    expect((await conversation.events()).at(-1)?.body).toMatchObject({
      type: 'turn.waiting',
      ...active.waiting,
    });
    expect(await worker.tryClaim()).toBeNull();
    const next = await worker.tryClaim(10_000);
    expect(next?.turn_id).toBe(turn.turn_id);
    if (next === null) throw new Error('nothing claimed');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(active.waiting.wake_at) - 50);
    const context = await worker.context(next);
    expect(context.turns[0].steps[0]).toMatchObject({ status: 'thinking', retries: 1 });
    expect((await conversation.get()).active_turn).toMatchObject({ status: 'running', waiting: null });
    await end(next);
  });

  it('goes on at once when a person says so; to say it again changes nothing', async () => {
    const turn = await begin();
    await worker.release(turn, 'waiting', retry(60_000));
    const waiting = worker.tryClaim(10_000);
    expect((await wake(turn)).body).toMatchObject({ status: 'queued', waiting: null });
    const next = await waiting;
    if (next === null) throw new Error('nothing claimed');
    expect((await wake(turn)).body).toMatchObject({ status: 'running' });
    await end(next);
    expect((await wake(turn)).body.error.code).toBe('turn_already_ended');
  });

  it('ends with a cancel, and says that its step has ended', async () => {
    const turn = await begin();
    const stepId = await failOnce(turn);
    await worker.release(turn, 'waiting', retry(60_000));
    expect((await conversation.cancel(turn.turn_id)).body).toMatchObject({
      status: 'cancelled',
      waiting: null,
    });
    expect((await conversation.events()).slice(-2).map(({ body }) => body)).toMatchObject([
      { type: 'step.finished', step_id: stepId, finish_reason: 'cancelled' },
      { type: 'turn.cancelled' },
    ]);
  });

  it('that was cancelled meanwhile is not released to wait', async () => {
    const turn = await begin();
    await conversation.cancel(turn.turn_id);
    expect((await worker.release(turn, 'waiting', retry(60_000))).body).toEqual({ outcome: 'continue' });
    await worker.release(turn, 'cancelled');
  });
});

describe('a turn that waits for its workspace', () => {
  const absent = { reason: 'workspace', message: 'The workspace is not running.' };

  it('is claimed as soon as the workspace runs', async () => {
    const turn = await begin();
    await worker.release(turn, 'waiting', absent);
    expect((await conversation.get()).active_turn.waiting).toMatchObject(absent);
    expect(await worker.tryClaim()).toBeNull();
    const waiting = worker.tryClaim(10_000);
    await compute.step(1000);
    const next = await waiting;
    expect(next?.turn_id).toBe(turn.turn_id);
    if (next === null) throw new Error('nothing claimed');
    await end(next);
  });

  it('is claimed by the clock while the workspace runs and cannot be reached', async () => {
    await compute.step(1000);
    const turn = await begin();
    await worker.release(turn, 'waiting', absent);
    expect(await worker.tryClaim()).toBeNull();
    const next = await worker.tryClaim(10_000);
    expect(next?.turn_id).toBe(turn.turn_id);
    if (next === null) throw new Error('nothing claimed');
    await end(next);
  });

  it('learns that it has waited long enough, until something ends', async () => {
    await compute.step(1000);
    const turn = await begin();
    expect((await worker.context(turn)).workspace_wait_over).toBe(false);
    const { stepId, toolCallId } = await worker.startToolStep(turn);
    await worker.release(turn, 'waiting', absent);
    await waitedLong(turn);
    const next = await worker.claim();
    expect((await worker.context(next)).workspace_wait_over).toBe(true);
    await worker.append(next, {
      step_id: stepId,
      step_index: 0,
      first_index: 2,
      events: [
        {
          type: 'tool_call.end',
          turn_id: turn.turn_id,
          step_id: stepId,
          tool_call_id: toolCallId,
          status: 'completed',
          output: '',
        },
      ],
    });
    expect((await worker.context(next)).workspace_wait_over).toBe(false);
    await end(next);
  });

  it('is tried now when a person says so, and its workspace is wanted again', async () => {
    const turn = await begin();
    await api().ask('POST', `/api/workspaces/${workspaceId}/stop?wait_ms=0`, { as: user });
    await worker.release(turn, 'waiting', absent);
    await wake(turn);
    const workspace = await api().ask('GET', `/api/workspaces/${workspaceId}`, { as: user });
    expect(workspace.body.desired_status).toBe('running');
    await end(await worker.claim());
  });
});

it('a turn that waits for a person is not for the clock to wake', async () => {
  const turn = await begin();
  const step = await worker.startToolStep(turn);
  await worker.requestApproval(turn, { ...step, firstIndex: 2 });
  await worker.release(turn, 'waiting', { reason: 'approval' });
  expect((await wake(turn)).body.error).toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('Approve, deny or answer'),
  });
  expect(await worker.tryClaim()).toBeNull();
  await conversation.cancel(turn.turn_id);
  const events = (await conversation.events()).slice(-4).map(({ body }) => body);
  expect(events).toMatchObject([
    { type: 'approval.resolved', status: 'expired' },
    { type: 'tool_call.end', tool_call_id: step.toolCallId, status: 'cancelled' },
    { type: 'step.finished', step_id: step.stepId },
    { type: 'turn.cancelled' },
  ]);
});

describe('a turn that fails', () => {
  const failed = { code: 'model_failed', message: 'the provider is down' };

  it('leaves what was said to it and not read to a turn of its own', async () => {
    const turn = await begin();
    await worker.startToolStep(turn);
    const said = await conversation.say('and this');
    expect(said.body.turn_id).toBe(turn.turn_id);
    await worker.release(turn, 'failed', failed);
    const next = await worker.claim();
    expect(next.turn_id).not.toBe(turn.turn_id);
    const context = await worker.context(next);
    expect(context.turns.map((one: { messages: object[] }) => one.messages)).toMatchObject([
      [{ text: 'hello' }],
      [{ text: 'and this', message_id: said.body.message_id, before_step: 0 }],
    ]);
    expect((await conversation.events()).slice(-5).map(({ body }) => body)).toMatchObject([
      { type: 'step.finished', finish_reason: 'failed' },
      { type: 'turn.failed' },
      { type: 'message.created', turn_id: next.turn_id, message_id: said.body.message_id },
      { type: 'turn.queued', turn_id: next.turn_id },
      { type: 'turn.started', turn_id: next.turn_id },
    ]);
    await end(next);
  });

  it('keeps the message that began it, read or not', async () => {
    const turn = await begin();
    await worker.release(turn, 'failed', failed);
    expect(await worker.tryClaim()).toBeNull();
    expect((await conversation.types()).at(-1)).toBe('turn.failed');
  });
});

async function waitedLong(turn: ClaimedTurn): Promise<void> {
  await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
  await database.db
    .updateTable('turn')
    .set({ workspace_waited_since: sql<Date>`now() - interval '1 hour'`, wake_at: sql<Date>`now()` })
    .where('id', '=', turn.turn_id)
    .execute();
}
