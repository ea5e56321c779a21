import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { takeLock, tryLock } from './instance-lock.ts';

describe('the instance lock', () => {
  it('is held by one at a time', async () => {
    const subject = randomUUID();
    const lock = await tryLock(subject);
    expect(lock).toBeDefined();
    expect(await tryLock(subject)).toBeUndefined();
    expect(await tryLock(`${subject}, another`)).toBeDefined();
    await lock?.release();
    expect(await tryLock(subject)).toBeDefined();
  });

  it('is handed to one that waits, who is told once that it waits', async () => {
    const subject = randomUUID();
    const held = await tryLock(subject);
    let told = 0;
    const waiting = takeLock(subject, {
      signal: AbortSignal.timeout(5_000),
      timeoutMs: 5_000,
      onWait: () => {
        told += 1;
        void held?.release();
      },
    });
    await expect(waiting).resolves.toBeDefined();
    expect(told).toBe(1);
  });

  it('is not waited for longer than allowed', async () => {
    const subject = randomUUID();
    await using _held = await tryLock(subject);
    await expect(
      takeLock(subject, { signal: new AbortController().signal, timeoutMs: 50 }),
    ).rejects.toThrow();
  });
});
