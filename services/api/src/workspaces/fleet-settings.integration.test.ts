import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

const api = setUpApi();

describe('the settings of the fleet', () => {
  let user: TestUser;
  let serverId: string;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api(), { cpu: 1, memoryMb: 4096 });
  });

  /** Claims new workspaces. */
  const newTasks = async (count: number): Promise<WorkspaceTask[]> => {
    const body = { name: 'w', size: 'small' };
    for (let made = 0; made < count; made += 1)
      await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body });
    return claim(count);
  };
  const claim = async (max: number): Promise<WorkspaceTask[]> => {
    const body = { worker_id: 'w', max, wait_ms: 0 };
    return (await api().internal('POST', '/internal/workspaces/claim', body)).body.items;
  };
  const reserve = async (task: WorkspaceTask, server = serverId) => {
    const body = { lease_token: task.lease_token, server_id: server, image: 'i', max_workspaces: 50 };
    const answer = await api().internal('POST', `/internal/workspaces/${task.id}/reserve`, body);
    return answer.status === 204 ? 'reserved' : answer.body.error.context;
  };
  const release = async (tasks: WorkspaceTask[], status = 'failed') => {
    for (const { id, lease_token, version } of tasks) {
      const seen = { status, reason: null, container_id: null, settled: true };
      await api().internal('POST', `/internal/workspaces/${id}/observe`, { lease_token, version, ...seen });
    }
  };

  it('hold for the next reservation, without a restart', async () => {
    const tasks = await newTasks(4);
    const [first, second, third] = tasks;
    if (!(first && second && third)) throw new Error('nothing claimed');
    await api().changeSettings({ cpu_overcommit: 1, memory_overcommit: 1 });
    expect(await reserve(first)).toBe('reserved');
    expect(await reserve(second)).toEqual({ limit: 'cpu', max: 1 });
    await api().changeSettings({ cpu_overcommit: 100 });
    expect(await reserve(second)).toBe('reserved');
    expect(await reserve(third)).toEqual({ limit: 'memory_mb', max: 4096 });
    await api().changeSettings({ memory_overcommit: 1.5, max_workspaces: 2 });
    expect(await reserve(third)).toEqual({ limit: 'max_workspaces', max: 2 });
    await api().changeSettings({ max_workspaces: 3 });
    expect(await reserve(third)).toBe('reserved');
    await release(tasks);
  });

  it('promise disk by size, and stopped workspaces hold theirs until they are deleted', async () => {
    const server = await ComputeWorker.registerServer(api(), { diskGb: 20 });
    await api().changeSettings({ disk_overcommit: 1 });
    const tasks = await newTasks(3);
    const [first, second, third] = tasks;
    if (!(first && second && third)) throw new Error('nothing claimed');
    expect(await reserve(first, server)).toBe('reserved');
    expect(await reserve(second, server)).toBe('reserved');
    expect(await reserve(third, server)).toEqual({ limit: 'disk_gb', max: 20 });
    await release([first], 'stopped');
    expect(await reserve(third, server)).toEqual({ limit: 'disk_gb', max: 20 });
    const admin = await api().signInAdmin();
    const shown = await api().ask('GET', `/api/admin/servers/${server}`, { as: admin });
    expect(shown.body).toMatchObject({ reserved_disk_gb: 20, reserved_memory_mb: 2048 });
    await api().ask('DELETE', `/api/workspaces/${first.id}`, { as: user });
    await release(await claim(1), 'deleted');
    expect(await reserve(third, server)).toBe('reserved');
    await release([second, third], 'stopped');
    await api().changeSettings({ disk_overcommit: null });
  });

  it('are told to compute with the servers, and null stands for its variables', async () => {
    await api().changeSettings({ max_workspaces: 7, placement_strategy: 'pack', warm_pool_size: 2 });
    const told = async () => (await api().internal('GET', '/internal/servers')).body.settings;
    expect(await told()).toMatchObject({ max_workspaces: 7, placement_strategy: 'pack', warm_pool_size: 2 });
    const capacity = async () => {
      const admin = await api().signInAdmin();
      return (await api().ask('GET', '/api/admin/servers/capacity', { as: admin })).body.max_workspaces;
    };
    expect(await capacity()).toBe(7);
    await api().changeSettings({ max_workspaces: null, placement_strategy: null, warm_pool_size: null });
    expect(await told()).toMatchObject({ max_workspaces: null, placement_strategy: 'spread' });
    expect((await told()).warm_pool_size).toBeNull();
    expect(await capacity()).toBe(50);
  });

  it('are refused out of bounds, and each change stands in the audit log', async () => {
    const admin = await api().signInAdmin();
    for (const wrong of [
      { cpu_overcommit: 0.5 },
      { memory_overcommit: 1e9 },
      { disk_overcommit: '2' },
      { max_workspaces: 0 },
      { warm_pool_size: -1 },
      { placement_strategy: 'random' },
    ]) {
      const refused = await api().ask('PATCH', '/api/admin/settings', { as: admin, body: wrong });
      expect([wrong, refused.status]).toEqual([wrong, 400]);
    }
    await api().changeSettings({ disk_overcommit: 2 });
    const path = '/api/admin/audit?action=setting.changed&limit=1';
    const { items } = (await api().ask('GET', path, { as: admin })).body;
    expect(items[0]).toMatchObject({
      target: { kind: 'setting', id: 'disk_overcommit' },
      details: { before: 4, after: 2 },
    });
  });
});
