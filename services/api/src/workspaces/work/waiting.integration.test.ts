import { type RoomWait, waitingWorkspace } from '@podex/contracts/waiting';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const NO_ROOM = { server: 'ws-1', cause: 'no_room', short: 'memory_mb', needed: 4096, free: 1024 } as const;

describe('who waits for room', () => {
  const api = setUpApi();
  let user: TestUser;
  let admin: TestUser;
  let worker: ComputeWorker;
  beforeAll(async () => {
    user = await api().signUp();
    admin = await api().signInAdmin();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
  });

  const waits = (waits_for: RoomWait, retry_in_ms = 0) => {
    worker.behave = ({ desired_status: desired }) =>
      desired === 'running'
        ? { status: 'creating', reason: 'No room.', settled: false, retry_in_ms, waits_for }
        : { status: desired };
  };
  const list = async (query = '') => {
    const { status, body } = await api().ask('GET', `/api/admin/workspaces/waiting${query}`, { as: admin });
    expect(status).toBe(200);
    return { next: body.next, items: waitingWorkspace.array().parse(body.items) };
  };
  const create = async (body: object) =>
    (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body.id;
  const waitingCount = async () =>
    (await api().ask('GET', '/api/admin/servers/capacity', { as: admin })).body.waiting_workspaces;

  it('is shown to admins with since when, what is short where and what helps, until there is room', async () => {
    const team = (await api().ask('POST', '/api/teams', { as: user, body: { name: 'Shop' } })).body;
    const body = { name: 'shop', team_id: team.id, size: 'medium', region: 'eu', labels: { disk: 'nvme' } };
    const id = await create(body);
    waits({ refusals: [NO_ROOM], max_workspaces: null });
    await worker.step();
    const [first] = (await list()).items;
    expect(first).toMatchObject({
      id,
      name: 'shop',
      owner: { id: user.id },
      team: { id: team.id, name: 'Shop' },
      size: 'medium',
      region: 'eu',
      labels: { disk: 'nvme' },
      refusals: [NO_ROOM],
      cures: [expect.stringMatching(/^ws-1 lacks 3072 MB of memory/)],
    });
    expect(await waitingCount()).toBe(1);
    // It has waited since the first try, however the reason changes.
    waits({ refusals: [], max_workspaces: 7 });
    await worker.step();
    const [second] = (await list()).items;
    expect(second).toMatchObject({ max_workspaces: 7, waiting_since: first?.waiting_since });
    const seenByOwner = await api().ask('GET', `/api/workspaces/${id}`, { as: user });
    expect(JSON.stringify(seenByOwner.body)).not.toContain('ws-1');
    worker.behave = (task) => ({ status: task.desired_status, container_id: 'c1' });
    await worker.step();
    expect((await list()).items).toEqual([]);
    expect(await waitingCount()).toBe(0);
  });

  it('waits no more once it is stopped or deleted, and is listed in pages', async () => {
    waits({ refusals: [], max_workspaces: 7 }, 0);
    const ids = [
      await create({ name: 'one' }),
      await create({ name: 'two' }),
      await create({ name: 'three' }),
    ];
    await worker.step();
    const page = await list('?limit=2');
    expect(page.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect((await list(`?limit=2&after=${page.next}`)).items.map(({ id }) => id)).toEqual(ids.slice(2));
    await api().ask('POST', `/api/workspaces/${ids[0]}/stop?wait_ms=0`, { as: user });
    await api().ask('DELETE', `/api/workspaces/${ids[1]}`, { as: user });
    await worker.step();
    expect((await list()).items.map(({ id }) => id)).toEqual([ids[2]]);
  });

  it('is for admins alone', async () => {
    expect((await api().ask('GET', '/api/admin/workspaces/waiting', { as: user })).status).toBe(403);
  });
});
