import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Background } from './background.ts';
import { startClaimLoop } from './claim-loop.ts';
import { createLogger } from './logger.ts';

const started: Background[] = [];
afterEach(() => Promise.all(started.splice(0).map((background) => background.stop())));

function newBackground(): Background {
  const background = new Background(createLogger({ service: 'test', level: 'silent' }));
  started.push(background);
  return background;
}

/** A long poll that has nothing to give. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

describe('startClaimLoop', () => {
  it('claims no more than it has room for, and runs each item once', async () => {
    const waiting = Array.from({ length: 20 }, (_, index) => index);
    const done: number[] = [];
    let running = 0;
    let busiest = 0;
    startClaimLoop<number>({
      name: 'item',
      background: newBackground(),
      maxConcurrent: 3,
      claim: async (room, signal) => (waiting.length > 0 ? waiting.splice(0, room) : untilAborted(signal)),
      async run(item) {
        running += 1;
        busiest = Math.max(busiest, running);
        await nextTick();
        running -= 1;
        done.push(item);
      },
    });
    await expect.poll(() => done.length).toBe(20);
    expect(new Set(done).size).toBe(20);
    expect(busiest).toBe(3);
  });

  it('claims again after a failed claim, and makes room after a failed item', async () => {
    const outcomes = [new Error('api is away'), 'first', 'second'];
    const seen: string[] = [];
    startClaimLoop<string>({
      name: 'item',
      background: newBackground(),
      maxConcurrent: 1,
      async claim(_room, signal) {
        const next = outcomes.shift() ?? (await untilAborted(signal));
        if (next instanceof Error) throw next;
        return [next];
      },
      async run(item) {
        seen.push(item);
        throw new Error('this item cannot be done');
      },
    });
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['first', 'second']);
  });

  it('stops while all room is taken, and tells the items', async () => {
    const background = newBackground();
    let claims = 0;
    let isTold = false;
    startClaimLoop<string>({
      name: 'item',
      background,
      maxConcurrent: 1,
      async claim() {
        claims += 1;
        return ['only'];
      },
      run: (_item, signal) =>
        untilAborted(signal).catch(() => {
          isTold = true;
        }),
    });
    await expect.poll(() => claims).toBe(1);
    await background.stop();
    expect({ claims, isTold }).toEqual({ claims: 1, isTold: true });
  });

  it('waits, when it stops, also for an item whose claim arrives only then', async () => {
    const background = newBackground();
    let isReleased = false;
    startClaimLoop<string>({
      name: 'item',
      background,
      maxConcurrent: 1,
      claim: (_room, signal) => untilAborted(signal).catch(() => ['late']),
      async run() {
        await nextTick();
        isReleased = true;
      },
    });
    await nextTick();
    await background.stop();
    expect(isReleased).toBe(true);
  });
});
