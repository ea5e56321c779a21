import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker, obliging } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();
const STARTED_AT = '2026-11-27T12:00:00.123456789Z';
const SILENT_SINCE = '2026-11-27T12:03:00.000Z';

describe('a workspace that is interrupted while it runs', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let user: TestUser;
  let serverId: string;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api());
  });

  const get = async (id: string) => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const containerOf = (id: string) => `container-of-${id}`;

  async function createRunning(): Promise<string> {
    const body = { name: 'shop' };
    const { id } = (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body;
    await new ComputeWorker(api(), serverId).step();
    expect(await get(id)).toMatchObject({ status: 'running', reason: null });
    return id;
  }

  const hung = (id: string, container = containerOf(id)) =>
    api().internal('POST', `/internal/workspaces/${id}/hung`, {
      container_id: container,
      started_at: STARTED_AT,
      silent_since: SILENT_SINCE,
    });
  const lost = () =>
    api().internal('POST', `/internal/servers/${serverId}/containers`, {
      seen_at: new Date(Date.now() + 1000).toISOString(),
      containers: [],
    });
  /** As the reconciler does: it tells the reason of the interruption once the workspace runs again. */
  async function restart(waitMs = 5_000): Promise<WorkspaceTask[]> {
    const worker = new ComputeWorker(api(), serverId);
    worker.behave = (task) =>
      task.interruption?.gives_up
        ? { status: 'failed', reason: task.interruption.reason }
        : { ...obliging(task), reason: task.interruption?.reason ?? null };
    await worker.step(waitMs);
    return worker.tasks;
  }

  it('is never shown running meanwhile, and says afterwards what happened and what was lost', async () => {
    const id = await createRunning();
    expect((await hung(id)).status).toBe(204);
    expect(await get(id)).toMatchObject({
      status: 'creating',
      desired_status: 'running',
      reason:
        'The workspace’s daemon stopped responding at 12:03 UTC and is being restarted. Files are kept.',
    });
    const [task] = await restart();
    expect(task?.interruption?.hung).toEqual({ container_id: containerOf(id), started_at: STARTED_AT });
    expect(await get(id)).toMatchObject({
      status: 'running',
      reason:
        'The workspace’s daemon stopped responding at 12:03 UTC and was restarted. Terminals and commands that ran were lost; files are kept.',
    });
    // It is over: the next step knows nothing of it.
    await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`, { as: user });
    expect((await restart())[0]).toMatchObject({ desired_status: 'stopped', interruption: null });
    await api().ask('DELETE', `/api/workspaces/${id}`, { as: user });
    await restart();
  });

  it('is left alone when another container of it, or no longer a running one, is told of', async () => {
    const id = await createRunning();
    await hung(id, 'an-earlier-container');
    expect(await get(id)).toMatchObject({ status: 'running' });
    await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`, { as: user });
    await hung(id);
    expect(await get(id)).toMatchObject({ status: 'running', desired_status: 'stopped', reason: null });
    await api().ask('DELETE', `/api/workspaces/${id}`, { as: user });
    await restart();
  });

  it('is told once, however many computes tell it', async () => {
    const id = await createRunning();
    await Promise.all([hung(id), hung(id), hung(id)]);
    const [task] = await restart();
    expect(task?.interruption?.gives_up).toBe(false);
    expect(await rows('select interruptions from workspace where id = $1', [id])).toEqual([
      { interruptions: 1 },
    ]);
    await api().ask('DELETE', `/api/workspaces/${id}`, { as: user });
    await restart();
  });

  it('is started again after a longer and longer pause, and in the end not any more, with a cure', async () => {
    const id = await createRunning();
    const pauses: number[] = [];
    for (let count = 1; count <= 6; count += 1) {
      await lost();
      const [row] = await rows(
        'select extract(epoch from next_attempt_at - changed_at)::float8 as pause from workspace where id = $1',
        [id],
      );
      pauses.push(row?.pause);
      if (row?.pause > 0) expect(await restart(0)).toEqual([]);
      await rows('update workspace set next_attempt_at = now() where id = $1', [id]);
      expect(await restart(0)).toMatchObject([{ id }]);
    }
    expect(pauses).toEqual([0, 2, 4, 8, 16, 0]);
    const failed = await get(id);
    expect(failed).toMatchObject({ status: 'failed', desired_status: 'running' });
    expect(failed.reason).toMatch(/6 times.*files are kept.*Start the workspace again/);
    await lost();
    expect((await get(id)).status).toBe('failed');
    // Its owner starts it again: nothing is held against it.
    await api().ask('POST', `/api/workspaces/${id}/start?wait_ms=0`, { as: user });
    expect((await restart())[0]?.interruption).toBeNull();
    expect(await get(id)).toMatchObject({ status: 'running', reason: null });
  });
});
