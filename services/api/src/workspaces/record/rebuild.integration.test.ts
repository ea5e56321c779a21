import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

describe('a rebuild of a workspace', () => {
  const api = setUpApi();
  let user: TestUser;
  let worker: ComputeWorker;
  let container = 'first';

  beforeAll(async () => {
    user = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    worker.behave = (task) => ({
      status: task.desired_status,
      container_id: task.desired_status === 'deleted' ? null : container,
    });
  });

  const ask = async (method: string, path: string, body?: object) =>
    api().ask(method, `/api/workspaces${path}`, { as: user, body });
  const create = async (): Promise<string> => {
    const { body } = await ask('POST', '?wait_ms=0', { name: 'shop' });
    await worker.step();
    return body.id;
  };

  it('hands the container out to be replaced, once, and says what was lost afterwards', async () => {
    container = 'first';
    const id = await create();
    for (let times = 0; times < 2; times += 1) {
      expect((await ask('POST', `/${id}/rebuild?wait_ms=0`)).body).toMatchObject({
        desired_status: 'running',
      });
    }
    container = 'second';
    worker.tasks.length = 0;
    await worker.step();
    expect(worker.tasks.map(({ rebuild_of }) => rebuild_of)).toEqual(['first']);
    const rebuilt = (await ask('GET', `/${id}`)).body;
    expect(rebuilt).toMatchObject({ status: 'running' });
    expect(rebuilt.reason).toMatch(/^It has a new container\. .* are kept; packages .* are gone\.$/);
    await ask('POST', `/${id}/stop?wait_ms=0`);
    await worker.step();
    await ask('POST', `/${id}/start?wait_ms=0`);
    await worker.step();
    expect(worker.tasks.at(-1)?.rebuild_of).toBeNull();
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ status: 'running', reason: null });
  });

  it('is told of beforehand, with what a change of size or image waits for', async () => {
    container = 'third';
    const id = await create();
    const before = (await ask('GET', `/${id}/rebuild`)).body;
    expect(before).toMatchObject({ changes: [] });
    expect(before.kept.join()).toContain('home folder');
    expect(before.lost.join()).toContain('Packages');
    await api().changeSettings({ allowed_images: ['debian:12'] });
    expect((await ask('PATCH', `/${id}`, { image: 'evil:1' })).body.error.code).toBe('image_not_allowed');
    const changed = await ask('PATCH', `/${id}`, { size: 'medium', image: 'debian:12' });
    expect(changed.body.reason).toMatch(/^The change to size medium and image debian:12 takes effect when/);
    expect((await ask('GET', `/${id}/rebuild`)).body.changes).toEqual([
      { what: 'size', from: 'small', to: 'medium' },
      { what: 'image', from: 'podex/workspace:test', to: 'debian:12' },
    ]);
  });

  it('tells of a container that had vanished', async () => {
    container = 'fourth';
    const id = await create();
    await ask('POST', `/${id}/stop?wait_ms=0`);
    await worker.step();
    container = 'fifth';
    await ask('POST', `/${id}/start?wait_ms=0`);
    await worker.step();
    expect((await ask('GET', `/${id}`)).body.reason).toMatch(/^It has a new container\./);
  });

  it('is not another person’s', async () => {
    const id = await create();
    const stranger = await api().signUp();
    for (const method of ['GET', 'POST']) {
      const answer = await api().ask(method, `/api/workspaces/${id}/rebuild`, { as: stranger });
      expect([answer.status, answer.body.error.code]).toEqual([404, 'workspace_not_found']);
    }
  });
});
