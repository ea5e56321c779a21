import { readdir } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { OutputLog } from './output-log.ts';

const LIMITS = { segmentBytes: 100, maxSegments: 3, memoryBytes: 50 };

let root: string;
let logs = 0;
beforeAll(async () => {
  root = temporaryFolder('output');
});

const newFolder = () => path.join(root, String(logs++));

it('holds the end of everything that was written, addressed by offsets', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 180 }), { maxLength: 12 }), async (parts) => {
      const folder = newFolder();
      const log = OutputLog.create(folder, LIMITS);
      for (const part of parts) await log.append(Buffer.from(part));
      const whole = Buffer.concat(parts);
      expect(log.end).toBe(whole.length);
      expect(log.end - log.heldFrom).toBeLessThanOrEqual(300);
      if (whole.length <= 200) expect(log.heldFrom).toBe(0);
      await log.seal();
      for (const seen of [log, await OutputLog.reopen(folder, LIMITS)]) {
        expect([seen.end, seen.heldFrom, seen.isSealed]).toEqual([log.end, log.heldFrom, true]);
        const tail = await seen.readTail(1_000);
        expect(tail.equals(whole.subarray(log.heldFrom))).toBe(true);
        expect(
          (await seen.readTail(7)).equals(whole.subarray(Math.max(log.heldFrom, whole.length - 7))),
        ).toBe(true);
      }
      expect((await readdir(folder).catch(() => [])).length).toBeLessThanOrEqual(3);
    }),
    { numRuns: 50 },
  );
});

describe('a sealed log', () => {
  it('takes nothing more, and wakes who waits', async () => {
    const log = OutputLog.create(newFolder(), LIMITS);
    await log.append(Buffer.from('abc'));
    const { signal } = new AbortController();
    const waiting = log.waitBeyond(3, signal);
    await log.seal();
    await waiting;
    await log.append(Buffer.from('late'));
    expect((await log.read(0, 100)).toString()).toBe('abc');
  });

  it('whose output was pruned is empty from its end on', async () => {
    const log = await OutputLog.reopen(newFolder(), LIMITS, 5_000);
    expect([log.end, log.heldFrom]).toEqual([5_000, 5_000]);
    expect((await log.readTail(100)).length).toBe(0);
  });
});

it('wakes who waits when there is more, and when the wait is over', async () => {
  const log = OutputLog.create(newFolder(), LIMITS);
  const controller = new AbortController();
  const first = log.waitBeyond(0, controller.signal);
  await log.append(Buffer.from('x'));
  await expect(first).resolves.toBeUndefined();
  expect(log.end).toBe(1);
  const second = log.waitBeyond(1, controller.signal);
  controller.abort();
  await expect(second).resolves.toBeUndefined();
  expect(log.end).toBe(1);
});
