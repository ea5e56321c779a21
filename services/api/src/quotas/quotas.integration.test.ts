import { beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { Answer, TestUser } from '../../testing/test-api.ts';

const codesOf = (answers: readonly Answer[]) =>
  answers.map(({ status, body }) => (status < 300 ? 'ok' : `${status} ${body.error.code}`)).sort();

describe('limits of one person', () => {
  const api = setUpApi();
  let user: TestUser;
  beforeEach(async () => {
    user = await api().signUp();
  });

  const create = (body: object = {}, headers = {}) =>
    api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, headers, body: { name: 'one', ...body } });
  const act = (id: string, action: string) =>
    api().ask('POST', `/api/workspaces/${id}/${action}?wait_ms=0`, { as: user });
  const limit = (max: number, running: number) =>
    api().changeSettings({ max_workspaces_per_user: max, max_running_workspaces_per_user: running });

  it('let exactly one of many that take the last place at once have it', async () => {
    await limit(3, 1000);
    await create();
    await create();
    const answers = await Promise.all(Array.from({ length: 6 }, () => create()));
    expect(codesOf(answers)).toEqual([...Array(5).fill('429 limit_reached'), 'ok']);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.error).toMatchObject({
      context: { limit: 'max_workspaces_per_user', max: 3, used: 3 },
      message: 'Your limit is 3 workspaces, and you have 3. Delete one, or ask an admin for more.',
    });
    const listed = await api().ask('GET', '/api/workspaces', { as: user });
    expect(listed.body.items).toHaveLength(3);
    await api().ask('DELETE', `/api/workspaces/${listed.body.items[0].id}`, { as: user });
    expect((await create()).status).toBe(201);
  });

  it('are each person’s own', async () => {
    await limit(1, 1000);
    expect((await create()).status).toBe(201);
    user = await api().signUp();
    expect((await create()).status).toBe(201);
  });

  it('answer a repeated request as before, also at the limit', async () => {
    await limit(1, 1);
    const headers = { 'idempotency-key': 'the-same' };
    const first = await create({}, headers);
    expect((await create({}, headers)).body.id).toBe(first.body.id);
    expect((await create()).status).toBe(429);
  });

  it('hold for what runs at once: starting, and whatever wakes a workspace', async () => {
    await limit(1000, 1000);
    const compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    compute.run();
    try {
      const ids: string[] = [];
      for (let made = 0; made < 4; made += 1) ids.push((await create()).body.id);
      for (const id of ids) await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=5000`, { as: user });
      await limit(1000, 2);
      const answers = await Promise.all(ids.map((id) => act(id, 'start')));
      expect(codesOf(answers)).toEqual(['429 limit_reached', '429 limit_reached', 'ok', 'ok']);
      const refused = ids.filter((_id, index) => answers[index]?.status === 429);
      const started = ids.filter((_id, index) => answers[index]?.status === 200);
      expect((await create()).body.error.context).toMatchObject({
        limit: 'max_running_workspaces_per_user',
        max: 2,
        used: 2,
      });
      // One that runs may be started again, which changes nothing.
      for (const id of started) expect((await act(id, 'start')).status).toBe(200);
      await api().ask('POST', `/api/workspaces/${started[0]}/stop?wait_ms=0`, { as: user });
      expect((await act(String(refused[0]), 'start')).status).toBe(200);
    } finally {
      await compute.stop();
    }
  });

  it('sum up CPUs and memory of what runs, and disk of everything, by size', async () => {
    await api().changeSettings({ max_workspaces_per_user: 1000, max_running_workspaces_per_user: 1000 });
    await api().changeSettings({
      max_cpu_per_user: 3,
      max_memory_mb_per_user: 6_144,
      max_disk_gb_per_user: 30,
    });
    try {
      const large = await create({ size: 'large' });
      expect(large.body.error).toMatchObject({
        context: { limit: 'max_disk_gb_per_user', max: 30, used: 0 },
        message: expect.stringContaining('this workspace needs 40'),
      });
      const medium = await create({ size: 'medium' });
      expect(medium.status).toBe(201);
      expect((await create({ size: 'medium' })).body.error.context.limit).toBe('max_disk_gb_per_user');
      await api().changeSettings({ max_disk_gb_per_user: 1000 });
      expect((await create({ size: 'medium' })).body.error).toMatchObject({
        context: { limit: 'max_cpu_per_user', max: 3, used: 2 },
        message: expect.stringContaining(
          'Your limit is 3 CPUs for running workspaces: you have 2, and this workspace needs 2.',
        ),
      });
      await api().changeSettings({ max_cpu_per_user: 1000 });
      expect((await create({ size: 'medium' })).body.error.context).toEqual({
        limit: 'max_memory_mb_per_user',
        max: 6_144,
        used: 4_096,
      });
      const small = await create({ size: 'small' });
      expect(small.status).toBe(201);
      // What is larger needs room as well; what is smaller does not.
      const resize = (size: string) =>
        api().ask('PATCH', `/api/workspaces/${small.body.id}`, { as: user, body: { size } });
      expect((await resize('large')).body.error.context.limit).toBe('max_memory_mb_per_user');
      await api().changeSettings({ max_memory_mb_per_user: 1 });
      expect((await resize('small')).status).toBe(200);
    } finally {
      await api().changeSettings({
        max_cpu_per_user: null,
        max_memory_mb_per_user: null,
        max_disk_gb_per_user: null,
      });
    }
  });

  it('tell who uses a shared workspace nothing of what its owner has', async () => {
    await limit(1000, 1);
    const compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    compute.run();
    try {
      const shared = await create();
      await api().ask('POST', `/api/workspaces/${shared.body.id}/stop?wait_ms=5000`, { as: user });
      expect((await create()).status).toBe(201);
      const guest = await api().signUp();
      const share = { email: guest.email, role: 'terminal' };
      await api().ask('POST', `/api/workspaces/${shared.body.id}/shares`, { as: user, body: share });
      const path = `/api/workspaces/${shared.body.id}/start?wait_ms=0`;
      const refused = await api().ask('POST', path, { as: guest });
      expect(refused.body.error).toMatchObject({ code: 'limit_reached' });
      expect(refused.body.error.context).toEqual({ limit: 'max_running_workspaces_per_user', max: 1 });
      expect(refused.body.error.message).toContain('The owner of this workspace has no room left for this');
    } finally {
      await compute.stop();
    }
  });
});
