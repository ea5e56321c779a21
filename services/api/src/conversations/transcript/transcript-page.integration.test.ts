import { randomBytes } from 'node:crypto';
import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import { conversationEvent, type WorkerEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { EMPTY_TRANSCRIPT, type Transcript, type TranscriptPage } from '@podex/contracts/transcript';
import { beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';
import { AT, withoutTimes } from '../../../testing/transcripts.ts';

describe('the transcript of a conversation', () => {
  const api = setUpApi();
  let user: TestUser;
  let workspaceId: string;
  let worker: AgentWorker;

  beforeAll(async () => {
    user = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    workspaceId = made.body.id;
    worker = new AgentWorker(api());
  });

  const read = async (id: string, query = ''): Promise<TranscriptPage> =>
    (await api().ask('GET', `/api/conversations/${id}/transcript${query}`, { as: user })).body;

  async function beginWithTurns(count: number): Promise<{ conversation: TestConversation; ids: string[] }> {
    const conversation = await TestConversation.begin(api(), user, workspaceId);
    const ids: string[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      await conversation.say(`message ${turn}`);
      const claimed = await worker.claim();
      ids.push(claimed.turn_id);
      await worker.release(claimed, 'cancelled');
    }
    return { conversation, ids };
  }

  /** What a client has that followed the conversation from its first event. */
  async function follow(conversation: TestConversation): Promise<Transcript> {
    return withoutTimes(
      (await conversation.events())
        .map(({ seq, body }) => conversationEvent.parse({ seq, at: AT, ...body }))
        .reduce(applyConversationEvent, EMPTY_TRANSCRIPT),
    );
  }

  it('comes newest first, in pages that follow each other', async () => {
    const { conversation, ids } = await beginWithTurns(5);
    const first = await read(conversation.id, '?limit=2');
    const second = await read(conversation.id, `?limit=2&after=${first.next}`);
    const third = await read(conversation.id, `?limit=2&after=${second.next}`);
    const shown = [first, second, third].map(({ items }) => items.map(({ id }) => id));
    expect(shown).toEqual([[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]);
    expect(third.next).toBeNull();
    expect(first.items[0]?.items[0]).toMatchObject({ type: 'message', text: 'message 4' });
    expect(first.seq).toBe((await conversation.get()).last_seq);
  });

  it('has every turn that has not ended on its first page', async () => {
    const { conversation, ids } = await beginWithTurns(1);
    await conversation.say('one', 'queue');
    await conversation.say('two', 'queue');
    await conversation.say('three', 'queue');
    const first = await read(conversation.id, '?limit=1');
    expect(first.items.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued']);
    expect((await read(conversation.id, `?limit=1&after=${first.next}`)).items[0]?.id).toBe(ids[0]);
    for (const { id } of first.items) await conversation.cancel(id);
  });

  it('ends a page early that would be large', async () => {
    const conversation = await TestConversation.begin(api(), user, workspaceId);
    for (let turn = 0; turn < 7; turn += 1) {
      // No compression makes it smaller.
      await conversation.say(randomBytes(95_000).toString('hex'));
      await worker.release(await worker.claim(), 'cancelled');
    }
    const first = await read(conversation.id);
    expect(first.items).toHaveLength(5);
    expect((await read(conversation.id, `?after=${first.next}`)).items).toHaveLength(2);
  });

  it('is not there for another', async () => {
    const { conversation } = await beginWithTurns(1);
    const other = await api().signUp();
    const path = `/api/conversations/${conversation.id}/transcript`;
    const refused = await api().ask('GET', path, { as: other });
    expect([refused.status, refused.body.error.code]).toEqual([404, 'conversation_not_found']);
  });

  it('is at every moment of a turn what a client has that followed it', async () => {
    const conversation = await TestConversation.begin(api(), user, workspaceId);
    await conversation.say('do it');
    const turn = await worker.claim();
    const moments = [...momentsOf(turn), ...(await afterwards())];
    for (const moment of moments) {
      await moment();
      const page = await read(conversation.id);
      expect(withoutTimes({ lastSeq: page.seq, turns: page.items.toReversed() })).toEqual(
        await follow(conversation),
      );
    }
    expect((await read(conversation.id)).items[0]).toMatchObject({
      status: 'cancelled',
      items: { length: 6 },
    });

    async function afterwards() {
      return [() => conversation.say('and this'), () => worker.release(turn, 'cancelled')];
    }
  });

  /** A step in many small batches: it thinks, is asked again, calls a tool that waits for an approval, prints and ends. */
  function momentsOf(turn: ClaimedTurn) {
    const step_id = newId('step');
    const tool_call_id = newId('toolCall');
    const inStep = { turn_id: turn.turn_id, step_id };
    const call = { ...inStep, tool_call_id };
    const tokens = {
      input_tokens: 10,
      cached_input_tokens: 0,
      cache_write_tokens: 0,
      output_tokens: 4,
      reasoning_tokens: 0,
    };
    const events: WorkerEvent[] = [
      { type: 'step.started', ...inStep, step_index: 0, model: 'test/model' },
      { type: 'text.start', ...inStep, part_id: '1' },
      { type: 'text.delta', ...inStep, part_id: '1', text: 'lost' },
      { type: 'step.restarted', ...inStep, step_index: 0, reason: 'the worker was lost' },
      { type: 'step.retrying', ...inStep, reason: 'busy', retry_in_ms: 1000 },
      { type: 'reasoning.start', ...inStep, part_id: '1' },
      { type: 'reasoning.delta', ...inStep, part_id: '1', text: 'hm' },
      { type: 'reasoning.end', ...inStep, part_id: '1', text: 'hm' },
      { type: 'text.start', ...inStep, part_id: '2' },
      { type: 'text.delta', ...inStep, part_id: '2', text: 'I will ' },
      { type: 'text.delta', ...inStep, part_id: '2', text: 'look.' },
      { type: 'text.end', ...inStep, part_id: '2', text: 'I will look.' },
      { type: 'tool_call.start', ...call, tool: 'run_command' },
      { type: 'tool_call.input', ...call, delta: '{"command":' },
      { type: 'tool_call.input', ...call, delta: '"ls"}' },
      { type: 'tool_call.ready', ...call, tool: 'run_command', input: { command: 'ls' }, summary: 'ls' },
      { type: 'model_call.started', ...inStep, model: 'test/model', estimated_input_tokens: 10 },
      {
        type: 'model_call.ended',
        ...inStep,
        outcome: 'whole',
        code: null,
        finish_reason: 'stop',
        response_id: 'r-1',
        tokens,
        cost_usd: 0.01,
        estimated_output_tokens: 4,
      },
      { type: 'tool_call.output', ...call, text: 'a\n' },
      { type: 'tool_call.output', ...call, text: 'b\n' },
      { type: 'tool_call.end', ...call, status: 'completed', output: 'a\nb\n' },
      { type: 'text.start', ...inStep, part_id: '3' },
      { type: 'text.delta', ...inStep, part_id: '3', text: 'half' },
      { type: 'step.finished', ...inStep, step_index: 0, finish_reason: 'stop' },
    ];
    return events.map(
      (event, index) => () =>
        worker.append(turn, { step_id, step_index: 0, first_index: index, events: [event] }),
    );
  }
});
