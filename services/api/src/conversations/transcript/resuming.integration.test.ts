import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import { type ConversationEvent, conversationEvent } from '@podex/contracts/events';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { EMPTY_TRANSCRIPT, type Transcript, transcriptPage } from '@podex/contracts/transcript';
import { beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { randomStep, seededDice } from '../../../testing/random-turn.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';
import { AT, withoutTimes } from '../../../testing/transcripts.ts';

const DELTAS = ['text.delta', 'reasoning.delta', 'tool_call.input', 'tool_call.output'];
const STEPS = 6;

describe('a client that stands anywhere in a turn', () => {
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

  const stored = async (conversation: TestConversation): Promise<ConversationEvent[]> =>
    (await conversation.events()).map(({ seq, body }) => conversationEvent.parse({ seq, at: AT, ...body }));
  const snapshot = async ({ id }: TestConversation): Promise<Transcript> => {
    const { body } = await api().ask('GET', `/api/conversations/${id}/transcript`, { as: user });
    const page = transcriptPage.parse(body);
    return { lastSeq: page.seq, turns: page.items.toReversed() };
  };

  it.each([1, 2, 3, 4])('comes to the same as one that saw all of it (seed %i)', async (seed) => {
    const conversation = await TestConversation.begin(api(), user, workspaceId);
    await conversation.say('go');
    const turn = await worker.claim();
    const follower = new AbortController();
    const followed = follow(conversation, EMPTY_TRANSCRIPT, follower.signal);
    // What there was at each moment, and what the page showed then.
    const moments: ConversationEvent[][] = [];
    const snapshots: Transcript[] = [];
    for await (const _ of appendInBatches(turn, seed)) {
      moments.push(await stored(conversation));
      snapshots.push(await snapshot(conversation));
    }
    await worker.release(turn, 'completed');
    const end = await stored(conversation);
    const whole = fold(end);

    for (const seen of snapshots) expect(withoutTimes(goOn(seen, end))).toEqual(withoutTimes(whole));
    for (const moment of moments) {
      for (let after = 0; after <= (moment.at(-1)?.seq ?? 0); after += 1) {
        const seen = fold(moment.filter(({ seq }) => seq <= after));
        expect(goOn(seen, end).turns).toEqual(whole.turns);
      }
    }
    const kept = new Set(end.map(({ seq }) => seq));
    const insideDeleted = moments.flatMap((moment) => {
      const last = moment.at(-1);
      return last === undefined || kept.has(last.seq) ? [] : [fold(moment)];
    });
    expect(insideDeleted).not.toEqual([]);
    const resumed = insideDeleted.map((seen) => follow(conversation, seen, follower.signal));
    for (const client of [followed, ...resumed]) {
      expect(withoutTimes(await client).turns).toEqual(withoutTimes(whole).turns);
    }
    follower.abort();
    expect(moments.flat().filter(({ type }) => DELTAS.includes(type))).not.toEqual([]);
    expect(end.filter((event) => isEndedDelta(event, end))).toEqual([]);
  });

  /** Batches of a few events; which are together, as in how many there are of what, follows from the seed. */
  async function* appendInBatches(turn: ClaimedTurn, seed: number): AsyncGenerator<void> {
    const dice = seededDice(seed);
    for (let index = 0; index < STEPS; index += 1) {
      const { id, events } = randomStep(turn.turn_id, index, dice);
      for (let first = 0; first < events.length; ) {
        const batch = events.slice(first, first + 1 + dice(4));
        const place = { step_id: id, step_index: index, first_index: first };
        expect((await worker.append(turn, { ...place, events: batch })).status).toBe(200);
        first += batch.length;
        yield;
      }
    }
  }

  /** Over the event stream, from what was seen to the end of the turn, while deltas come and go. */
  async function follow(
    { id }: TestConversation,
    seen: Transcript,
    signal: AbortSignal,
  ): Promise<Transcript> {
    const url = `${api().baseUrl}/api/conversations/${id}/events?after=${seen.lastSeq}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${user.token}` }, signal });
    let transcript = seen;
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const frames = `${rest}${Buffer.from(chunk)}`.split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const event = /^data: (.*)$/m.exec(frame)?.[1];
        if (event === undefined) continue;
        transcript = applyConversationEvent(transcript, conversationEvent.parse(JSON.parse(event)));
      }
      if (transcript.turns.at(-1)?.status === 'completed') break;
    }
    return transcript;
  }
});

function fold(events: readonly ConversationEvent[]): Transcript {
  return goOn(EMPTY_TRANSCRIPT, events);
}

/** As a client that reconnects with its last seq. */
function goOn(seen: Transcript, events: readonly ConversationEvent[]): Transcript {
  return events.filter(({ seq }) => seq > seen.lastSeq).reduce(applyConversationEvent, seen);
}

function isEndedDelta(event: ConversationEvent, all: readonly ConversationEvent[]): boolean {
  if (event.type === 'text.delta' || event.type === 'reasoning.delta') {
    return all.some(
      (end) =>
        (end.type === 'text.end' || end.type === 'reasoning.end') &&
        end.step_id === event.step_id &&
        end.part_id === event.part_id,
    );
  }
  if (event.type === 'tool_call.input') return true;
  if (event.type !== 'tool_call.output') return false;
  return all.some((end) => end.type === 'tool_call.end' && end.tool_call_id === event.tool_call_id);
}
