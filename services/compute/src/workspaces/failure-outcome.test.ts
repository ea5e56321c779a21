import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { taskOf } from '../../testing/builders.ts';
import { outcomeOfFailure } from './failure-outcome.ts';

const full = new PodexError('no_server_available', 'No room.', {
  refusals: [
    { server: 'ws1', cause: 'not_ready', detail: 'is draining' },
    { server: 'ws2', cause: 'no_room', short: 'memory_mb', needed: 2048, free: 0 },
  ],
});
const broken = new PodexError('container_failed', 'It does not start.', { reason: 'x' });
const unisolated = new PodexError('runtime_not_isolated', 'Under runc.', { runtime: 'runc' });
const silent = new PodexError('server_unreachable', 'Cut off.', {});

describe('outcomeOfFailure', () => {
  it('tries indefinitely what is not the workspace’s fault', () => {
    const outcome = outcomeOfFailure(taskOf({ attempts: 100 }), full, null);
    expect(outcome).toMatchObject({
      status: 'creating',
      reason: expect.stringMatching(/^None of the 2 workspace servers can take it now: .*memory/),
    });
    expect(outcome.retryInMs).toBeLessThanOrEqual(60_000);
  });

  it('tells admins who waits for room, and for what', () => {
    expect(outcomeOfFailure(taskOf(), full, null).waitsFor).toEqual({
      refusals: full.context.refusals,
      max_workspaces: null,
    });
    const elsewhere = new PodexError('no_server_available', 'No room.', {
      refusals: [{ server: 'ws3', cause: 'elsewhere', detail: 'its files are on another server' }],
    });
    expect(outcomeOfFailure(taskOf(), elsewhere, null).waitsFor?.refusals).toEqual([]);
    const reached = new PodexError('limit_reached', 'Full.', { limit: 'max_workspaces', max: 7 });
    expect(outcomeOfFailure(taskOf(), reached, null).waitsFor).toEqual({ refusals: [], max_workspaces: 7 });
    expect(outcomeOfFailure(taskOf(), broken, null).waitsFor).toBeUndefined();
    expect(outcomeOfFailure(taskOf({ desired_status: 'stopped' }), full, null).waitsFor).toBeUndefined();
  });

  it('gives up a start after some tries, and at once when trying again cannot help', () => {
    expect(outcomeOfFailure(taskOf({ attempts: 0 }), broken, null).retryInMs).toBeGreaterThan(0);
    expect(outcomeOfFailure(taskOf({ attempts: 5 }), broken, null)).toEqual({
      status: 'failed',
      reason: expect.stringContaining('Ask an admin'),
      containerId: null,
    });
    expect(outcomeOfFailure(taskOf({ attempts: 0 }), unisolated, null).status).toBe('failed');
  });

  it('never gives up a stop or a deletion', () => {
    for (const desired of ['stopped', 'deleted'] as const) {
      const outcome = outcomeOfFailure(taskOf({ desired_status: desired, attempts: 50 }), unisolated, 'c1');
      expect(outcome).toMatchObject({ status: 'stopping', containerId: 'c1' });
      expect(outcome.retryInMs).toBeGreaterThan(0);
    }
  });

  it('shows a silent server as that, and an unknown failure without its detail', () => {
    expect(outcomeOfFailure(taskOf(), silent, null).status).toBe('unreachable');
    expect(outcomeOfFailure(taskOf(), new TypeError('secret detail'), null).reason).not.toContain('secret');
  });
});
