import { durableEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import { type TranscriptPage, type TranscriptTurn, transcriptTurn } from '@podex/contracts/transcript';
import { describe, expect, it } from 'vitest';
import type { TopicListener } from '#lib/live-events.ts';
import { ConversationFeed } from './conversation-feed.ts';

const AT = '2026-11-01T10:00:00.000Z';
const turns = Array.from({ length: 6 }, () => turnOf('completed'));

function turnOf(status: TranscriptTurn['status']): TranscriptTurn {
  return transcriptTurn.parse({
    id: newId('turn'),
    status,
    waiting: null,
    failure: null,
    model: null,
    started_at: AT,
    ended_at: AT,
    retry: null,
    usage: { input_tokens: 0, output_tokens: 0, cost_usd: null },
    checkpoint_id: null,
    items: [],
  });
}

function event(seq: number, turn_id: string = newId('turn')) {
  return durableEvent.parse({ seq, at: AT, type: 'turn.queued', turn_id });
}

/** Pages of two of `turns`, as api gives them. */
function pageBefore(before: string | null, seq: number): TranscriptPage {
  const end = before === null ? turns.length : turns.findIndex(({ id }) => id === before);
  const start = Math.max(0, end - 2);
  return {
    conversation_id: newId('conversation'),
    items: turns.slice(start, end).toReversed(),
    next: start === 0 ? null : (turns[start]?.id ?? null),
    seq,
  };
}

function setUp() {
  const subscriptions: TopicListener[] = [];
  const scheduled: (() => void)[] = [];
  const asked: (string | null)[] = [];
  const api = { seq: 10, failure: undefined as Error | undefined };
  const feed = new ConversationFeed({
    conversationId: newId('conversation'),
    schedule: (callback) => scheduled.push(callback),
    fetchPage: async (before) => {
      asked.push(before);
      if (api.failure !== undefined) throw api.failure;
      return pageBefore(before, api.seq);
    },
    live: {
      subscribe: (_, listener) => {
        subscriptions.push(listener);
        return () => undefined;
      },
    },
  });
  const flush = () => {
    for (const callback of scheduled.splice(0)) callback();
    return feed.getSnapshot();
  };
  const newest = () => {
    const listener = subscriptions.at(-1);
    if (listener === undefined) throw new Error('not subscribed');
    return listener;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const open = async () => {
    feed.start(() => undefined);
    await settle();
  };
  return { feed, api, asked, subscriptions, scheduled, flush, newest, settle, open };
}

const idsOf = (shown: readonly { id: string }[]) => shown.map(({ id }) => id);

describe('ConversationFeed', () => {
  it('opens with the newest page and follows the events after it', async () => {
    const { flush, newest, open, scheduled } = setUp();
    await open();
    expect(newest().after).toBe(10);
    newest().onEvent(event(11));
    newest().onEvent(event(12));
    expect(scheduled).toHaveLength(1);
    const { transcript, isLoaded, older } = flush();
    expect(isLoaded).toBe(true);
    expect(older.status).toBe('idle');
    expect(transcript.lastSeq).toBe(12);
    expect(idsOf(transcript.turns).slice(0, 2)).toEqual(idsOf(turns.slice(-2)));
  });

  it('puts earlier pages before what is shown, until there are none', async () => {
    const { feed, flush, open, asked, newest } = setUp();
    await open();
    const first = feed.loadOlder();
    newest().onEvent(event(11));
    await first;
    await feed.loadOlder();
    await feed.loadOlder();
    const { transcript, older } = flush();
    expect(older.status).toBe('none');
    expect(idsOf(transcript.turns).slice(0, 6)).toEqual(idsOf(turns));
    expect(transcript.lastSeq).toBe(11);
    expect(asked).toHaveLength(3);
  });

  it('says that an earlier page failed, and loads it when it is tried again', async () => {
    const { feed, api, flush, open } = setUp();
    await open();
    api.failure = new Error('down');
    await feed.loadOlder();
    expect(flush().older.status).toBe('failed');
    api.failure = undefined;
    await feed.loadOlder();
    expect(idsOf(flush().transcript.turns)).toEqual(idsOf(turns.slice(2)));
  });

  it('says that the conversation failed to load, and loads it when it is tried again', async () => {
    const { feed, api, flush, open, settle } = setUp();
    api.failure = new Error('down');
    await open();
    expect(flush().failure).not.toBeNull();
    api.failure = undefined;
    feed.retry();
    await settle();
    expect(flush()).toMatchObject({ failure: null, isLoaded: true });
  });

  it('forgets earlier turns, which it can load again', async () => {
    const { feed, flush, open } = setUp();
    await open();
    await feed.loadOlder();
    await feed.loadOlder();
    feed.forgetOlder(3);
    const { transcript, older } = flush();
    expect(idsOf(transcript.turns)).toEqual(idsOf(turns.slice(3)));
    expect(older.status).toBe('idle');
    await feed.loadOlder();
    expect(idsOf(flush().transcript.turns)).toEqual(idsOf(turns.slice(1)));
  });

  it('continues where it was when it is started again', async () => {
    const { feed, newest, open, asked } = setUp();
    await open();
    newest().onEvent(event(11));
    feed.stop();
    feed.start(() => undefined);
    expect(newest().after).toBe(11);
    expect(asked).toHaveLength(1);
  });

  it('reads the newest page again after a reset', async () => {
    const { feed, api, flush, newest, open, settle, subscriptions } = setUp();
    await open();
    await feed.loadOlder();
    api.seq = 30;
    newest().onReset?.();
    await settle();
    expect(subscriptions).toHaveLength(2);
    expect(newest().after).toBe(30);
    expect(flush().transcript.turns).toHaveLength(2);
  });

  it('tells its listener each event with the transcript that it made', async () => {
    const { feed, newest, settle } = setUp();
    const seen: [number, number][] = [];
    feed.start(({ seq }, { lastSeq }) => seen.push([seq, lastSeq]));
    await settle();
    newest().onEvent(event(11));
    newest().onEvent(event(12));
    expect(seen).toEqual([
      [11, 11],
      [12, 12],
    ]);
  });
});
