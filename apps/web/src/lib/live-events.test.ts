import { newId } from '@podex/contracts/ids';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveEvents, type TopicListener } from './live-events.ts';
import { FakeSockets } from './testing/fake-socket.ts';

const TOPIC = `conversation:${newId('conversation')}`;
const TURN = newId('turn');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const sockets = new FakeSockets();
  const live = new LiveEvents({
    url: () => 'ws://api/api/live',
    createSocket: sockets.create,
    random: () => 0,
    listenForWake: () => () => undefined,
  });
  live.start();
  return { sockets, live };
}

function event(seq: number) {
  const body = { seq, at: '2026-11-01T10:00:00Z', type: 'turn.queued', turn_id: TURN };
  return { type: 'event', topic: TOPIC, seq, event: body };
}

function listen(after: TopicListener['after']) {
  const seen: number[] = [];
  const calls: string[] = [];
  const listener: TopicListener = {
    after,
    onEvent: ({ seq }) => seen.push(seq),
    onStart: () => calls.push('start'),
    onReset: () => calls.push('reset'),
    onRejected: ({ code }) => calls.push(code),
  };
  return { seen, calls, listener };
}

describe('LiveEvents', () => {
  it('subscribes once connected and says when the stream begins', () => {
    const { sockets, live } = setUp();
    const { seen, calls, listener } = listen(0);
    live.subscribe(TOPIC, listener);
    expect(sockets.last.frames()).toEqual([]);
    sockets.last.accept();
    expect(sockets.last.frames()).toEqual([{ type: 'subscribe', topic: TOPIC, after: 0 }]);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    sockets.last.say(event(1));
    sockets.last.say(event(2));
    expect(calls).toEqual(['start']);
    expect(seen).toEqual([1, 2]);
  });

  it('resumes behind the last event after a break and gives each event once', () => {
    const { sockets, live } = setUp();
    const { seen, calls, listener } = listen(0);
    live.subscribe(TOPIC, listener);
    sockets.last.accept();
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    sockets.last.say(event(1));
    sockets.last.say(event(2));
    sockets.last.drop();
    vi.advanceTimersByTime(400);
    sockets.last.accept();
    expect(sockets.last.frames()).toEqual([{ type: 'subscribe', topic: TOPIC, after: 2 }]);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 2 });
    sockets.last.say(event(2));
    sockets.last.say(event(3));
    expect(seen).toEqual([1, 2, 3]);
    expect(calls).toEqual(['start']);
  });

  it('remembers where `now` was, so that a break loses nothing', () => {
    const { sockets, live } = setUp();
    const { seen, listener } = listen('now');
    live.subscribe(TOPIC, listener);
    sockets.last.accept();
    expect(sockets.last.frames()).toEqual([{ type: 'subscribe', topic: TOPIC }]);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 7 });
    sockets.last.drop();
    vi.advanceTimersByTime(400);
    sockets.last.accept();
    expect(sockets.last.frames()).toEqual([{ type: 'subscribe', topic: TOPIC, after: 7 }]);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 7 });
    sockets.last.say(event(8));
    expect(seen).toEqual([8]);
  });

  it('gives a late listener the past without giving it to the first one again', () => {
    const { sockets, live } = setUp();
    const first = listen(0);
    const second = listen(0);
    live.subscribe(TOPIC, first.listener);
    sockets.last.accept();
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    sockets.last.say(event(1));
    live.subscribe(TOPIC, second.listener);
    // Still of the first subscription: it must not look like the start of the second.
    sockets.last.say(event(2));
    expect(second.seen).toEqual([]);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    for (const seq of [1, 2, 3]) sockets.last.say(event(seq));
    expect(first.seen).toEqual([1, 2, 3]);
    expect(second.seen).toEqual([1, 2, 3]);
  });

  it('needs one confirmation only, of whichever of several requests the server confirms', () => {
    const { sockets, live } = setUp();
    const first = listen('now');
    const second = listen('now');
    sockets.last.accept();
    live.subscribe(TOPIC, first.listener);
    live.subscribe(TOPIC, second.listener);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 7 });
    sockets.last.say(event(8));
    expect([first.seen, second.seen]).toEqual([[8], [8]]);
  });

  it('reports a reset and continues from the position of the server', () => {
    const { sockets, live } = setUp();
    const { seen, calls, listener } = listen(3);
    live.subscribe(TOPIC, listener);
    sockets.last.accept();
    sockets.last.say({ type: 'reset', topic: TOPIC, seq: 40 });
    expect(calls).toEqual(['reset']);
    expect(sockets.last.frames().at(-1)).toEqual({ type: 'subscribe', topic: TOPIC, after: 40 });
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 40 });
    sockets.last.say(event(41));
    expect(seen).toEqual([41]);
  });

  it('lets a listener start over during a reset', () => {
    const { sockets, live } = setUp();
    const again = listen(0);
    const stop = live.subscribe(TOPIC, {
      after: 5,
      onEvent: () => undefined,
      onReset: () => {
        stop();
        live.subscribe(TOPIC, again.listener);
      },
    });
    sockets.last.accept();
    sockets.last.say({ type: 'reset', topic: TOPIC, seq: 2 });
    expect(sockets.last.frames().slice(1)).toEqual([
      { type: 'unsubscribe', topic: TOPIC },
      { type: 'subscribe', topic: TOPIC, after: 0 },
    ]);
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    sockets.last.say(event(1));
    expect(again.seen).toEqual([1]);
  });

  it('passes a rejection to the listeners of its topic', () => {
    const { sockets, live } = setUp();
    const { calls, listener } = listen(0);
    live.subscribe(TOPIC, listener);
    sockets.last.accept();
    sockets.last.say({ type: 'error', topic: TOPIC, code: 'not_found', message: 'no such topic' });
    expect(calls).toEqual(['not_found']);
  });

  it('unsubscribes with its last listener, and hears nothing after', () => {
    const { sockets, live } = setUp();
    const { seen, listener } = listen(0);
    const stop = live.subscribe(TOPIC, listener);
    sockets.last.accept();
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    stop();
    expect(sockets.last.frames().at(-1)).toEqual({ type: 'unsubscribe', topic: TOPIC });
    sockets.last.say(event(1));
    expect(seen).toEqual([]);
  });

  it('finds a connection dead when a pong is missing', () => {
    const { sockets, live } = setUp();
    sockets.last.accept();
    vi.advanceTimersByTime(20_000);
    expect(sockets.last.frames()).toEqual([{ type: 'ping' }]);
    sockets.last.say({ type: 'pong' });
    vi.advanceTimersByTime(20_000);
    expect(live.getStatus()).toBe('live');
    vi.advanceTimersByTime(8_000);
    expect(live.getStatus()).toBe('reconnecting');
    vi.advanceTimersByTime(400);
    expect(sockets.made).toHaveLength(2);
    live.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('skips a frame that it does not know', () => {
    const { sockets, live } = setUp();
    const { seen, listener } = listen(0);
    live.subscribe(TOPIC, listener);
    sockets.last.accept();
    sockets.last.say({ type: 'subscribed', topic: TOPIC, seq: 0 });
    sockets.last.say({ type: 'of_tomorrow', topic: TOPIC });
    sockets.last.say(event(1));
    expect(seen).toEqual([1]);
  });
});
