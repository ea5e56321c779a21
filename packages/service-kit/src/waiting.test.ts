import { getEventListeners } from 'node:events';
import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { backoffMs, linkSignals, pause, waitUntil, within } from './waiting.ts';

describe('waiting', () => {
  it('ends with timed_out when the work ignores its signal', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(within({ timeoutMs: 5 }, () => never)).rejects.toSatisfy((error) =>
      PodexError.has(error, 'timed_out'),
    );
  });

  it('pauses, and ends a pause with the reason of the signal', async () => {
    await pause(1);
    const controller = new AbortController();
    const pausing = pause(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(pausing).rejects.toThrow('enough');
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const waiting = waitUntil(async () => undefined, {
      signal: controller.signal,
      timeoutMs: 60_000,
      everyMs: 10_000,
    });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('leaves no listener behind on a long-lived signal', async () => {
    const { signal } = new AbortController();
    for (let round = 0; round < 20; round += 1) {
      using _linked = linkSignals([signal], 1000);
      await within({ signal, timeoutMs: 1000 }, async () => 1);
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('probes until there is something', async () => {
    let left = 3;
    const found = await waitUntil(async () => (left-- > 0 ? undefined : 'there'), {
      timeoutMs: 1000,
      everyMs: 1,
    });
    expect(found).toBe('there');
  });

  it('backs off within its bounds', () => {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const ms = backoffMs(attempt, 100, 5000);
      expect(ms).toBeGreaterThanOrEqual(50);
      expect(ms).toBeLessThanOrEqual(5000);
    }
  });
});
