import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

const api = setUpApi();

describe('where a workspace wants to live', () => {
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
  });

  const create = (body: object) =>
    api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w', ...body } });
  const claim = async () =>
    (await api().internal('POST', '/internal/workspaces/claim', { worker_id: 'w', max: 50, wait_ms: 0 })).body
      .items;

  it('goes with it to compute', async () => {
    const wish = { region: 'eu-west', region_match: 'preferred', labels: { disk: 'nvme' } };
    const made = await create(wish);
    expect(made.status).toBe(201);
    const plain = await create({});
    const tasks = await claim();
    const taskOf = (id: string) => tasks.find((task: { id: string }) => task.id === id);
    expect(taskOf(made.body.id)).toMatchObject({
      region: 'eu-west',
      region_match: 'preferred',
      required_labels: { disk: 'nvme' },
    });
    expect(taskOf(plain.body.id)).toMatchObject({
      region: null,
      region_match: 'required',
      required_labels: {},
    });
  });

  it('is chosen among the regions of servers that take work, and shown with the workspace', async () => {
    const admin = await api().signInAdmin();
    const near = await ComputeWorker.registerServer(api());
    const drained = await ComputeWorker.registerServer(api());
    await ComputeWorker.registerServer(api());
    const describe = (id: string, region: string) =>
      api().ask('PATCH', `/api/admin/servers/${id}`, { as: admin, body: { region } });
    await describe(near, 'ap-south');
    await describe(drained, 'ap-north');
    await api().ask('POST', `/api/admin/servers/${drained}/drain`, { as: admin });
    const listed = await api().ask('GET', '/api/regions', { as: user });
    expect([listed.status, listed.body]).toEqual([200, { regions: ['ap-south'] }]);
    expect((await api().ask('GET', '/api/regions')).status).toBe(401);
    const made = await create({ region: 'ap-south', labels: { disk: 'nvme' } });
    const wish = { region: 'ap-south', region_match: 'required', labels: { disk: 'nvme' } };
    expect(made.body).toMatchObject(wish);
    const page = await api().ask('GET', '/api/workspaces?limit=1', { as: user });
    expect(page.body.items).toEqual([expect.objectContaining(wish)]);
    await claim();
    await describe(near, 'eu-west');
  });

  it('is held by api too, whatever compute chooses', async () => {
    const admin = await api().signInAdmin();
    const server = await ComputeWorker.registerServer(api());
    const described = await api().ask('PATCH', `/api/admin/servers/${server}`, {
      as: admin,
      body: { region: 'eu-west', labels: { disk: 'nvme', zone: 'a' } },
    });
    expect(described.status).toBe(200);
    const reserve = async (wish: object) => {
      await create(wish);
      const [task] = await claim();
      const body = { lease_token: task.lease_token, server_id: server, image: 'i', max_workspaces: 50 };
      return (await api().internal('POST', `/internal/workspaces/${task.id}/reserve`, body)).status;
    };
    expect(await reserve({ region: 'eu-west', labels: { disk: 'nvme' } })).toBe(204);
    expect(await reserve({ region: 'us-east', region_match: 'preferred' })).toBe(204);
    expect(await reserve({ region: 'us-east' })).toBe(409);
    expect(await reserve({ labels: { disk: 'hdd' } })).toBe(409);
    expect(await reserve({ labels: { gpu: 'a100' } })).toBe(409);
  });

  it.each([
    [{ region: '' }, 'region'],
    [{ region: 'x'.repeat(64) }, 'region'],
    [{ region: 'a\nb' }, 'region'],
    [{ region_match: 'maybe' }, 'region_match'],
    [{ labels: { 'A B': '1' } }, 'labels'],
    [{ labels: { a: 'b\u0007c' } }, 'labels'],
    [{ labels: { a: 1 } }, 'labels'],
    [{ labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, 'v'])) }, 'labels'],
  ])('is refused when it is %j', async (wrong, field) => {
    const refused = await create(wrong);
    expect([refused.status, refused.body.error.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(refused.body.error.context.issues)).toContain(field);
    expect(await claim()).toEqual([]);
  });
});
