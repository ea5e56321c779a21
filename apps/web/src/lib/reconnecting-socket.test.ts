import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionStatus, ReconnectingSocket, reconnectDelayMs } from './reconnecting-socket.ts';
import { FakeSockets } from './testing/fake-socket.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const sockets = new FakeSockets();
  const statuses: ConnectionStatus[] = [];
  const messages: unknown[] = [];
  let wake: () => void = () => undefined;
  const socket = new ReconnectingSocket({
    url: () => `ws://api/${sockets.made.length}`,
    onOpen: () => undefined,
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
    createSocket: sockets.create,
    random: () => 1,
    listenForWake: (listener) => {
      wake = listener;
      return () => undefined;
    },
  });
  return { sockets, statuses, messages, socket, wake: () => wake() };
}

describe('reconnectDelayMs', () => {
  it('doubles, half of it at random, and never exceeds 15 seconds', () => {
    expect(reconnectDelayMs(0, 0)).toBe(200);
    expect(reconnectDelayMs(0, 1)).toBe(400);
    expect(reconnectDelayMs(2, 1)).toBe(1600);
    expect(reconnectDelayMs(50, 1)).toBe(15_000);
  });
});

describe('ReconnectingSocket', () => {
  it('connects again after a loss, with a fresh address', () => {
    const { sockets, statuses, socket } = setUp();
    socket.start();
    sockets.last.accept();
    sockets.last.drop();
    expect(statuses).toEqual(['live', 'reconnecting']);
    vi.advanceTimersByTime(400);
    expect(sockets.made.map(({ url }) => url)).toEqual(['ws://api/0', 'ws://api/1']);
    sockets.last.accept();
    expect(socket.status).toBe('live');
  });

  it('waits longer after each failure, and starts over only after a connection that lasted', () => {
    const { sockets, socket } = setUp();
    socket.start();
    sockets.last.accept();
    sockets.last.drop();
    vi.advanceTimersByTime(400);
    sockets.last.accept();
    sockets.last.drop();
    vi.advanceTimersByTime(799);
    expect(sockets.made).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sockets.made).toHaveLength(3);
    sockets.last.accept();
    vi.advanceTimersByTime(3_000);
    sockets.last.drop();
    vi.advanceTimersByTime(400);
    expect(sockets.made).toHaveLength(4);
  });

  it('gives up an attempt that is never accepted, and is offline after 20 seconds without success', () => {
    const { sockets, socket } = setUp();
    socket.start();
    vi.advanceTimersByTime(10_000);
    expect(sockets.made[0]?.isClosed).toBe(true);
    expect(socket.status).toBe('reconnecting');
    vi.advanceTimersByTime(22_000);
    expect(socket.status).toBe('offline');
  });

  it('tries at once when woken, and not when it is connected', () => {
    const { sockets, socket, wake } = setUp();
    socket.start();
    sockets.last.drop();
    wake();
    expect(sockets.made).toHaveLength(2);
    sockets.last.accept();
    wake();
    expect(sockets.made).toHaveLength(2);
  });

  it('hears nothing of a connection that it gave up', () => {
    const { sockets, messages, socket } = setUp();
    socket.start();
    sockets.last.accept();
    const old = sockets.last;
    socket.reconnect();
    old.say({ late: true });
    old.drop();
    vi.advanceTimersByTime(400);
    expect(sockets.made).toHaveLength(2);
    expect(messages).toEqual([]);
  });

  it('leaves no timer and no connection behind when stopped', () => {
    const { sockets, socket } = setUp();
    socket.start();
    sockets.last.accept();
    sockets.last.drop();
    socket.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(sockets.made).toHaveLength(1);
  });
});
