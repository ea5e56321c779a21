import { PodexError } from '@podex/contracts/errors';
import type { ObserveInput, WorkspaceTask } from '@podex/contracts/internal/compute';
import { Background } from '@podex/service-kit/background';
import { createLogger } from '@podex/service-kit/logger';
import { describe, expect, it } from 'vitest';
import { taskOf } from '../../testing/builders.ts';
import type { Outcome } from './failure-outcome.ts';
import { WorkspaceWorker, type WorkspaceWorkerOptions } from './workspace-worker.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const running: Outcome = { status: 'running', reason: null, containerId: 'c1' };

function start(
  tasks: WorkspaceTask[],
  reconcile: WorkspaceWorkerOptions['reconcile'],
  refuse: PodexError[] = [],
) {
  const background = new Background(logger);
  const told: ObserveInput[] = [];
  const asked: number[] = [];
  const worker = new WorkspaceWorker({
    background,
    logger,
    reconcile,
    onOutcome: () => undefined,
    api: {
      async claimWorkspaces(max, _waitMs, signal) {
        asked.push(max);
        if (tasks.length > 0) return tasks.splice(0, max);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      },
      async observeWorkspace(_id, input) {
        const rejection = refuse.shift();
        if (rejection !== undefined) throw rejection;
        told.push(input);
      },
    },
  });
  worker.start();
  return { background, told, asked };
}

describe('WorkspaceWorker', () => {
  it('works on a bounded number at once, and tells of each', async () => {
    let busy = 0;
    let busiest = 0;
    const tasks = Array.from({ length: 30 }, () => taskOf());
    const { background, told } = start(tasks, async () => {
      busy += 1;
      busiest = Math.max(busiest, busy);
      await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
      return running;
    });
    await expect.poll(() => told.length).toBe(30);
    expect(busiest).toBe(8);
    expect(told[0]).toMatchObject({ status: 'running', settled: true, container_id: 'c1' });
    await background.stop();
  });

  it('asks for another step when the outcome wants one', async () => {
    const { background, told } = start([taskOf()], async () => ({
      ...running,
      status: 'creating',
      retryInMs: 500,
      waitsFor: { refusals: [], max_workspaces: 3 },
    }));
    await expect.poll(() => told.length).toBe(1);
    const waits_for = { refusals: [], max_workspaces: 3 };
    expect(told[0]).toMatchObject({ settled: false, retry_in_ms: 500, waits_for });
    await background.stop();
  });

  it('tells again when api does not respond, and leaves it when the lease is another’s', async () => {
    const down = new PodexError('service_unavailable', 'down', { service: 'api' });
    const first = start([taskOf()], async () => running, [down]);
    await expect.poll(() => first.told.length).toBe(1);
    await first.background.stop();
    const taken = new PodexError('workspace_changed', 'Another replica holds the lease.', {});
    const second = start([taskOf()], async () => running, [taken, taken]);
    await expect.poll(() => second.asked.length).toBeGreaterThan(1);
    expect(second.told).toEqual([]);
    await second.background.stop();
  });

  it('releases work when the service stops', async () => {
    const { background, told } = start(
      [taskOf()],
      (_task, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    await background.stop();
    expect(told[0]).toMatchObject({ settled: false, retry_in_ms: 0, reason: null });
  });
});
