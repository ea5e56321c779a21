import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { ComputeWorker, obliging } from '../../testing/compute-worker.ts';
import { eventually } from '../../testing/eventually.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

describe('a stopped workspace', () => {
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url };
  });
  let owner: TestUser;
  let worker: ComputeWorker;
  beforeAll(async () => {
    owner = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    worker.run();
  });
  beforeEach(() => {
    compute.requests.length = 0;
    worker.behave = obliging;
  });
  afterAll(async () => {
    await worker?.stop();
    await compute?.stop();
  });

  const ask = (method: string, path: string, body?: unknown, as = owner) =>
    api().ask(method, `/api/workspaces${path}`, { as, body });
  const stopped = async (fields: object = {}): Promise<string> => {
    const { body } = await ask('POST', '', { name: 'w', ...fields });
    expect((await ask('POST', `/${body.id}/stop`)).body.status).toBe('stopped');
    return body.id;
  };

  it.each([
    ['POST', 'terminals', {}],
    ['PUT', `commands/${newId('command')}`, { command: 'true' }],
    ['PUT', 'files/content?path=a', 'text'],
    ['POST', 'files/mkdir', { path: 'a' }],
  ])('is started by its use, which waits for it: %s %s', async (method, path, body) => {
    const id = await stopped();
    const answer = await ask(method, `/${id}/${path}`, body);
    expect([answer.status, answer.body]).toEqual([200, 'answered']);
    expect(compute.requests.map(({ url }) => url)).toEqual([`/workspaces/${id}/${path}`]);
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ desired_status: 'running', status: 'running' });
  });

  it('is not started by who reads it, ends something in it, or watches', async () => {
    const id = await stopped();
    for (const [method, path] of [
      ['GET', 'files?path=/'],
      ['GET', 'terminals'],
      ['GET', 'search?query=a'],
      ['GET', 'watch?path=a'],
      ['DELETE', `terminals/${newId('terminal')}`],
    ] as const) {
      const answer = await ask(method, `/${id}/${path}`);
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 409, 'workspace_not_running']);
    }
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ desired_status: 'stopped' });
    expect(compute.requests).toEqual([]);
  });

  it('is not started where its owner does not want it, nor by whom it is shared with for reading', async () => {
    const id = await stopped({ auto_start: false });
    const refused = await ask('POST', `/${id}/terminals`, {});
    expect([refused.status, refused.body.error]).toEqual([
      409,
      expect.objectContaining({
        code: 'workspace_not_running',
        message: 'The workspace is stopped. Start it first.',
      }),
    ]);
    await ask('PATCH', `/${id}`, { auto_start: true });
    const guest = await api().signUp();
    await ask('POST', `/${id}/shares`, { email: guest.email, role: 'viewer' });
    expect((await ask('POST', `/${id}/terminals`, {}, guest)).status).toBe(403);
    const stranger = await api().signUp();
    expect((await ask('POST', `/${id}/terminals`, {}, stranger)).status).toBe(404);
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ desired_status: 'stopped' });
  });

  it('is not used by whom it was taken from while it started', async () => {
    const id = await stopped();
    const guest = await api().signUp();
    const share = await ask('POST', `/${id}/shares`, { email: guest.email, role: 'terminal' });
    worker.behave = () => ({ status: 'creating', settled: false, retry_in_ms: 50 });
    const asked = ask('POST', `/${id}/terminals`, {}, guest).then(
      ({ status }) => status,
      () => 'cut',
    );
    const isStarting = async () => (await ask('GET', `/${id}`)).body.status === 'creating';
    await eventually(isStarting).toBe(true);
    expect((await ask('DELETE', `/${id}/shares/${share.body.user_id}`)).status).toBe(204);
    worker.behave = obliging;
    expect(await asked).not.toBe(200);
    await eventually(async () => (await ask('GET', `/${id}`)).body.status).toBe('running');
    expect(compute.requests).toEqual([]);
  });

  it('says why when it does not come up, and is started within the quotas alone', async () => {
    const id = await stopped();
    worker.behave = () => ({ status: 'failed', reason: 'The image is not there.' });
    const failed = await ask('POST', `/${id}/terminals`, {});
    expect([failed.status, failed.body.error.context]).toEqual([409, { status: 'failed' }]);
    worker.behave = obliging;
    const other = await stopped();
    await api().changeSettings({ max_running_workspaces_per_user: 1 });
    await ask('POST', `/${id}/start`);
    const refused = await ask('POST', `/${other}/terminals`, {});
    expect([refused.status, refused.body.error.code]).toEqual([429, 'limit_reached']);
    await api().changeSettings({ max_running_workspaces_per_user: 1000 });
    expect((await ask('GET', `/${other}`)).body).toMatchObject({ desired_status: 'stopped' });
  });
});
