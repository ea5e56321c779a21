import { expect, it } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';

const SOON_MS = 2_000;

/** Resolves with what a channel delivers next. */
export function nextMessage(bus: Bus, channel: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came on ${channel}`)), SOON_MS);
    const subscription = bus.subscribe(channel, (payload) => {
      subscription[Symbol.dispose]();
      clearTimeout(timer);
      resolve(payload);
    });
  });
}

/** What every bus keeps to, whatever carries it. `first` and `second` stand for two processes, or are one and the same. */
export function describeBusContract(buses: () => { first: Bus; second: Bus }): void {
  it('delivers to every subscriber of the channel, in both processes', async () => {
    const { first, second } = buses();
    const received = [nextMessage(first, 'news'), nextMessage(second, 'news'), nextMessage(second, 'news')];
    first.publish('news', 'a payload');
    expect(await Promise.all(received)).toEqual(['a payload', 'a payload', 'a payload']);
  });

  it('keeps channels apart', async () => {
    const { first, second } = buses();
    const other: (string | null)[] = [];
    using _subscription = second.subscribe('other', (payload) => other.push(payload));
    const received = nextMessage(second, 'wanted');
    first.publish('unwanted', '1');
    first.publish('wanted', '2');
    expect(await received).toBe('2');
    expect(other).toEqual([]);
  });

  it('delivers in the order of one sender, and each message once', async () => {
    const { first, second } = buses();
    const received: (string | null)[] = [];
    const last = new Promise<void>((resolve) => {
      second.subscribe('order', (payload) => {
        received.push(payload);
        if (payload === '99') resolve();
      });
    });
    const sent = Array.from({ length: 100 }, (_, index) => String(index));
    for (const payload of sent) first.publish('order', payload);
    await last;
    expect(received).toEqual(sent);
  });

  it('delivers nothing after a subscription was disposed', async () => {
    const { first, second } = buses();
    const received: (string | null)[] = [];
    second.subscribe('ended', (payload) => received.push(payload))[Symbol.dispose]();
    const barrier = nextMessage(second, 'barrier');
    first.publish('ended', 'x');
    first.publish('barrier', 'y');
    await barrier;
    expect(received).toEqual([]);
  });

  it('never calls a handler within publish', () => {
    const { first } = buses();
    let isCalled = false;
    using _subscription = first.subscribe('later', () => {
      isCalled = true;
    });
    first.publish('later', '');
    expect(isCalled).toBe(false);
  });

  it('counts hits of a window over both processes, and starts again after it', async () => {
    const { first, second } = buses();
    const key = `key-${performance.now()}`;
    expect((await first.hit(key, 300)).count).toBe(1);
    const again = await second.hit(key, 300);
    expect(again.count).toBe(2);
    expect(again.resetsInMs).toBeGreaterThan(0);
    expect(again.resetsInMs).toBeLessThanOrEqual(300);
    expect((await first.hit(`${key}-other`, 300)).count).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, again.resetsInMs + 50));
    expect((await first.hit(key, 300)).count).toBe(1);
  });

  it('gives a lock to one holder until it is released or its time is over', async () => {
    const { first, second } = buses();
    const name = `lock-${performance.now()}`;
    const lock = await first.tryLock(name, 60_000);
    expect(lock).toBeDefined();
    expect(await second.tryLock(name, 60_000)).toBeUndefined();
    await lock?.release();
    const brief = await second.tryLock(name, 50);
    expect(brief).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const next = await first.tryLock(name, 60_000);
    expect(next).toBeDefined();
    // The earlier holder’s time was over: its release must not take the lock from the present one.
    await brief?.release();
    expect(await second.tryLock(name, 60_000)).toBeUndefined();
    await next?.release();
  });

  it('says what it is connected to', async () => {
    expect(await buses().first.check()).toMatch(/./);
  });
}
