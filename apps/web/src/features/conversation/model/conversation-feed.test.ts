import { durableEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import type { TopicListener } from '#lib/live-events.ts';
import { ConversationFeed } from './conversation-feed.ts';

const turn_id = newId('turn');

function event(seq: number) {
  return durableEvent.parse({ seq, at: '2026-11-01T10:00:00Z', type: 'turn.queued', turn_id });
}

function setUp() {
  const subscriptions: TopicListener[] = [];
  const scheduled: (() => void)[] = [];
  const feed = new ConversationFeed({
    conversationId: newId('conversation'),
    schedule: (callback) => scheduled.push(callback),
    live: {
      subscribe: (_, listener) => {
        subscriptions.push(listener);
        return () => undefined;
      },
    },
  });
  const flush = () => {
    for (const callback of scheduled.splice(0)) callback();
  };
  const newest = () => {
    const listener = subscriptions.at(-1);
    if (listener === undefined) throw new Error('not subscribed');
    return listener;
  };
  return { feed, subscriptions, scheduled, flush, newest };
}

describe('ConversationFeed', () => {
  it('reads a conversation from its first event and publishes a burst once', () => {
    const { feed, scheduled, flush, newest } = setUp();
    let changes = 0;
    feed.onChange(() => {
      changes += 1;
    });
    feed.start(() => undefined);
    expect(newest().after).toBe(0);
    newest().onStart?.();
    newest().onEvent(event(1));
    newest().onEvent(event(2));
    expect(feed.getSnapshot().view.lastSeq).toBe(0);
    expect(scheduled).toHaveLength(1);
    flush();
    expect(changes).toBe(1);
    expect(feed.getSnapshot()).toMatchObject({ hasStarted: true, view: { lastSeq: 2 } });
  });

  it('continues where it was when it is started again', () => {
    const { feed, newest } = setUp();
    feed.start(() => undefined);
    newest().onEvent(event(1));
    feed.stop();
    feed.start(() => undefined);
    expect(newest().after).toBe(1);
  });

  it('reads everything again after a reset, once', () => {
    const { feed, subscriptions, flush, newest } = setUp();
    feed.start(() => undefined);
    newest().onEvent(event(1));
    newest().onReset?.();
    expect(subscriptions).toHaveLength(2);
    expect(newest().after).toBe(0);
    newest().onReset?.();
    expect(subscriptions).toHaveLength(2);
    flush();
    expect(feed.getSnapshot()).toMatchObject({ isCut: true, view: { turns: [] } });
  });

  it('tells its listener each event with the view that it made', () => {
    const { feed, newest } = setUp();
    const seen: [number, number][] = [];
    feed.start(({ seq }, view) => seen.push([seq, view.lastSeq]));
    newest().onEvent(event(1));
    newest().onEvent(event(2));
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});
