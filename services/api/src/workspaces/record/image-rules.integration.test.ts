import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const SHA = `sha256:${'a'.repeat(64)}`;

describe('images that workspaces name', () => {
  const api = setUpApi(() => ({ variables: { COMPUTE_WORKSPACE_IMAGE: 'podex/workspace:7' } }));
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
  });

  const create = (image: string) =>
    api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'one', image } });

  it.each([
    '127.0.0.1:18999/x',
    '[::1]:5000/x',
    '169.254.169.254/x',
    'localhost:5000/x',
    'host.docker.internal/x',
    '10.0.1.4:2376/x',
    'registry:5000/x',
    'debian',
    'evil.example/podex/workspace:7',
    'podex/workspace:8',
    `podex/workspace@${SHA}`,
  ])('%s is refused before anybody is asked for it', async (image) => {
    const refused = await create(image);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'image_not_allowed']);
    expect(refused.body.error.message).toContain('An admin can allow it under Settings, Images.');
  });

  it.each([
    'UPPER',
    'podex/workspace:7\n',
    'docker.io/../x',
    'ghcr。io/acme/x',
    'x'.repeat(300),
    '',
    'http://127.0.0.1/x',
    'podex/workspace:7@sha256:00',
  ])('%j is no reference', async (image) => {
    const refused = await create(image);
    expect([refused.status, refused.body.error.code]).toEqual([400, 'invalid_request']);
  });

  it('makes nothing of what is refused', async () => {
    expect((await api().ask('GET', '/api/workspaces', { as: user })).body.items).toEqual([]);
    const claim = { worker_id: 'x', max: 50, wait_ms: 0 };
    expect((await api().internal('POST', '/internal/workspaces/claim', claim)).body.items).toEqual([]);
  });

  it('allows the platform’s own, and what an admin adds, at once', async () => {
    expect((await create('podex/workspace:7')).status).toBe(201);
    await api().changeSettings({ allowed_images: ['ghcr.io/acme/*', '10.0.1.9:5000/base'] });
    expect((await create('ghcr.io/acme/web:1')).status).toBe(201);
    expect((await create('10.0.1.9:5000/base:2')).status).toBe(201);
    expect((await create('10.0.1.9:5000/other')).status).toBe(403);
    await api().changeSettings({ allowed_images: null });
    expect((await create('ghcr.io/acme/web:1')).status).toBe(403);
    const compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    await compute.step();
    await compute.step();
    await compute.step();
    const images = compute.tasks.map((task) => task.image);
    expect(images.sort()).toEqual(['10.0.1.9:5000/base:2', 'ghcr.io/acme/web:1', 'podex/workspace:7']);
  });
});
