import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { identifyProcess, isSameProcess, parseProcStat, stopProcess } from './process-identity.ts';

const STAT =
  '4242 (node (a) b) S 1 4242 4242 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 11 0 987654 1000 200 18446744073709551615 1 1';

async function identify(pid: number | undefined) {
  const identity = pid === undefined ? undefined : await identifyProcess(pid);
  if (!identity) throw new Error('the process is gone');
  return identity;
}

describe('the identity of a process', () => {
  it('is read past a program name with spaces and brackets', () => {
    expect(parseProcStat(STAT)).toEqual({ state: 'S', startTicks: 987654 });
  });

  it('is not read from what is no stat line', () => {
    expect(parseProcStat('')).toBeUndefined();
    expect(parseProcStat('12 (short) S 1')).toBeUndefined();
  });

  it('is this process again when asked again', async () => {
    expect(await isSameProcess(await identify(process.pid))).toBe(true);
  });

  it('is another one when the pid was used again, or the machine started again', async () => {
    const identity = await identify(process.pid);
    expect(await isSameProcess({ ...identity, start_ticks: identity.start_ticks - 1 })).toBe(false);
    expect(await isSameProcess({ ...identity, boot_id: 'another boot' })).toBe(false);
  });

  it('does not exist for a pid that nobody has', async () => {
    expect(await identifyProcess(2 ** 30)).toBeUndefined();
  });
});

describe('stopping a process', () => {
  it('leaves a process alone that only has the same pid', async () => {
    const identity = await identify(process.pid);
    await expect(
      stopProcess({ ...identity, start_ticks: identity.start_ticks - 1 }, { graceMs: 10 }),
    ).resolves.toBe(false);
  });

  it('asks first, and kills what does not listen', async () => {
    const polite = spawn('sleep', ['60'], { detached: true });
    await once(polite, 'spawn');
    expect(await stopProcess(await identify(polite.pid), { graceMs: 5_000 })).toBe(false);

    const stubborn = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'], {
      detached: true,
    });
    await once(stubborn.stdout, 'data');
    expect(await stopProcess(await identify(stubborn.pid), { graceMs: 100, group: true })).toBe(true);
  });
});
