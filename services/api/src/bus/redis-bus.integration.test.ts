import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeBusContract, nextMessage } from '../../testing/bus/bus-contract.ts';
import { type RedisServer, startRedisServer } from '../../testing/bus/redis-server.ts';
import { RedisBus } from './redis-bus.ts';

describe('RedisBus', () => {
  let redis: RedisServer;
  let first: RedisBus;
  let second: RedisBus;
  const errors: Error[] = [];

  async function open(): Promise<RedisBus> {
    const bus = new RedisBus({ url: redis.url, onError: (error) => errors.push(error) });
    await vi.waitFor(() => bus.check(), { timeout: 10_000, interval: 50 });
    return bus;
  }

  beforeAll(async () => {
    redis = await startRedisServer();
    first = await open();
    second = await open();
  });

  afterAll(async () => {
    await first.close();
    await second.close();
    await redis.stop();
  });

  describeBusContract(() => ({ first, second }));

  it('works on alone without Redis, and wakes everybody once it is back', async () => {
    await redis.stop();
    await expect.poll(() => isUp(first), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(0);

    const own = nextMessage(first, 'alone');
    first.publish('alone', 'still here');
    expect(['still here', null]).toContain(await own);
    expect((await first.hit('alone', 60_000)).count).toBe(1);
    expect((await first.hit('alone', 60_000)).count).toBe(2);
    const lock = await first.tryLock('alone', 60_000);
    expect(lock).toBeDefined();
    expect(await first.tryLock('alone', 60_000)).toBeUndefined();

    // A waiting reader is told to look for itself while nothing can reach it.
    expect(await nextMessage(second, 'silence')).toBeNull();

    await redis.start();
    await expect
      .poll(async () => (await isUp(first)) && (await isUp(second)), { timeout: 10_000 })
      .toBe(true);
    const received = nextMessage(second, 'again');
    first.publish('again', 'back');
    expect(['back', null]).toContain(await received);
  });

  it('tells others that messages were lost when only the sender was cut off', async () => {
    const missed: (string | null)[] = [];
    using _subscription = second.subscribe('cut', (payload) => missed.push(payload));
    await redis.stop();
    await expect.poll(() => isUp(first), { timeout: 10_000 }).toBe(false);
    first.publish('cut', 'lost');
    await redis.start();
    await expect.poll(() => missed.includes(null), { timeout: 10_000 }).toBe(true);
  });
});

async function isUp(bus: RedisBus): Promise<boolean> {
  try {
    await bus.check();
    return true;
  } catch {
    return false;
  }
}
