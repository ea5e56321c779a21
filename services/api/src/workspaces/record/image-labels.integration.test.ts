import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const CUDA = 'ghcr.io/acme/cuda:12';

describe('an image that asks for labels of its server', () => {
  const api = setUpApi(() => ({ variables: { COMPUTE_WORKSPACE_IMAGE: 'podex/workspace:7' } }));
  let user: TestUser;
  let server: string;
  beforeAll(async () => {
    user = await api().signUp();
    server = await ComputeWorker.registerServer(api());
    await api().changeSettings({
      allowed_images: ['ghcr.io/acme/*', 'debian'],
      image_labels: ['ghcr.io/acme/cuda gpu=nvidia', 'ghcr.io/acme/* disk=nvme'],
    });
  });
  const ask = (method: string, path: string, body?: object) =>
    api().ask(method, `/api/workspaces${path}`, { as: user, body });
  const create = (body: object) => ask('POST', '?wait_ms=0', { name: 'lab', ...body });

  it('gets only a server that has them, beside what was asked for', async () => {
    const { body: made } = await create({ image: CUDA, labels: { zone: 'a' } });
    expect(made.labels).toEqual({ zone: 'a', gpu: 'nvidia', disk: 'nvme' });
    expect((await create({ image: 'debian:12' })).body.labels).toEqual({});
    expect((await create({})).body.labels).toEqual({});
    const claim = { worker_id: 'w', max: 50, wait_ms: 0 };
    const { body } = await api().internal('POST', '/internal/workspaces/claim', claim);
    const task = body.items.find(({ id }: { id: string }) => id === made.id);
    expect(task.required_labels).toEqual(made.labels);
    const reserve = { lease_token: task.lease_token, server_id: server, image: CUDA, max_workspaces: 9 };
    const refused = await api().internal('POST', `/internal/workspaces/${made.id}/reserve`, reserve);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(refused.body)).toContain('labels');
  });

  it('is refused with another label of that name, and where the workspace lives without', async () => {
    const asked = await create({ image: CUDA, labels: { gpu: 'amd' } });
    expect([asked.status, asked.body.error.code]).toEqual([409, 'conflict']);
    expect(asked.body.error.message).toContain('only on servers with gpu=nvidia, and gpu=amd is asked for');
    const { body: plain } = await create({ image: 'debian:12' });
    // One that lives nowhere yet takes them on.
    expect((await ask('PATCH', `/${plain.id}`, { image: 'ghcr.io/acme/web' })).body.labels).toEqual({
      disk: 'nvme',
    });
    const { body: placed } = await create({});
    const worker = new ComputeWorker(api(), server);
    await expect
      .poll(async () => {
        await worker.step();
        return (await ask('GET', `/${placed.id}`)).body.status;
      })
      .toBe('running');
    const moved = await ask('PATCH', `/${placed.id}`, { image: CUDA });
    expect([moved.status, moved.body.error.code]).toEqual([409, 'conflict']);
    expect(moved.body.error.message).toContain(
      'disk=nvme, gpu=nvidia, and the workspace lives on one without',
    );
    expect((await ask('PATCH', `/${placed.id}`, { image: 'debian:12' })).status).toBe(200);
    expect((await ask('PATCH', `/${placed.id}`, { image: null, name: 'again' })).body.labels).toEqual({});
  });

  it('is a setting of admins, which says what is wrong', async () => {
    const admin = await api().signInAdmin();
    const set = (image_labels: string[]) =>
      api().ask('PATCH', '/api/admin/settings', { as: admin, body: { image_labels } });
    const refused = await set(['ghcr.io/acme/cuda gpu']);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      400,
      expect.stringContaining('must name labels as key=value'),
    ]);
    expect((await set([])).status).toBe(200);
    expect((await create({ image: CUDA })).body.labels).toEqual({});
  });
});
