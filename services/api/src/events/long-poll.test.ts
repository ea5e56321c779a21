import { describe, expect, it } from 'vitest';
import { InProcessBus } from '../bus/in-process-bus.ts';
import { longPoll } from './long-poll.ts';
import { Wakeups } from './wakeup.ts';

const running = new AbortController().signal;

describe('Wakeup', () => {
  it('remembers a message that came before the wait', async () => {
    const bus = new InProcessBus();
    using wakeup = new Wakeups(bus, running).on(['one', 'two']);
    bus.publish('two', '');
    await Promise.resolve();
    expect(await wakeup.wait({ timeoutMs: 60_000 })).toBe('woken');
    expect(await wakeup.wait({ timeoutMs: 1 })).toBe('timed_out');
  });

  it('stops waiting when the client has gone', async () => {
    using wakeup = new Wakeups(new InProcessBus(), running).on(['one']);
    const gone = new AbortController();
    const waiting = wakeup.wait({ signal: gone.signal, timeoutMs: 60_000 });
    gone.abort();
    expect(await waiting).toBe('over');
    expect(await wakeup.wait({ signal: gone.signal, timeoutMs: 60_000 })).toBe('over');
  });

  it('stops waiting when the process stops', async () => {
    const stopping = new AbortController();
    using wakeup = new Wakeups(new InProcessBus(), stopping.signal).on(['one']);
    const waiting = wakeup.wait({ timeoutMs: 60_000 });
    stopping.abort();
    expect(await waiting).toBe('over');
  });
});

describe('longPoll', () => {
  const never = () => Promise.resolve(undefined);

  it('tries again when woken, and gives what it finds', async () => {
    const bus = new InProcessBus();
    let found: string | undefined;
    let attempts = 0;
    const polling = longPoll({
      wakeups: new Wakeups(bus, running),
      channels: ['work'],
      waitMs: 60_000,
      signal: running,
      attempt: () => {
        attempts += 1;
        return Promise.resolve(found);
      },
      msUntilNext: never,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(attempts).toBe(1);
    found = 'work';
    bus.publish('work', '');
    expect(await polling).toBe('work');
    expect(attempts).toBe(2);
  });

  it('tries again when something is due', async () => {
    let attempts = 0;
    const found = await longPoll({
      wakeups: new Wakeups(new InProcessBus(), running),
      channels: ['work'],
      waitMs: 60_000,
      signal: running,
      attempt: () => {
        attempts += 1;
        return Promise.resolve(attempts === 3 ? 'due' : undefined);
      },
      msUntilNext: () => Promise.resolve(5),
    });
    expect(found).toBe('due');
  });

  it('gives nothing when the wait is over, or nobody waits any more', async () => {
    const poll = (waitMs: number, signal: AbortSignal) =>
      longPoll({
        wakeups: new Wakeups(new InProcessBus(), running),
        channels: ['work'],
        waitMs,
        signal,
        attempt: never,
        msUntilNext: never,
      });
    expect(await poll(0, running)).toBeUndefined();
    expect(await poll(10, running)).toBeUndefined();
    expect(await poll(60_000, AbortSignal.timeout(10))).toBeUndefined();
  });
});
