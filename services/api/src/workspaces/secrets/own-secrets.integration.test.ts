import { beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const api = setUpApi();
let owner: TestUser;
let guest: TestUser;
let compute: ComputeWorker;
beforeEach(async () => {
  [owner, guest] = [await api().signUp(), await api().signUp()];
  compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
  await api().ask('PUT', '/api/secrets/MINE', { as: owner, body: { value: 'my own' } });
});

const create = async (): Promise<string> =>
  (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'w' } })).body.id;
const post = (path: string, body: object = {}) => api().ask('POST', path, { as: owner, body });
const share = (id: string) => post(`/api/workspaces/${id}/shares`, { email: guest.email, role: 'terminal' });

interface Task {
  id: string;
  version: number;
  lease_token: string;
}

async function claim(id: string): Promise<Task> {
  const body = { worker_id: 'worker', max: 50, wait_ms: 0 };
  const { items } = (await api().internal('POST', '/internal/workspaces/claim', body)).body;
  const task = items.find((item: Task) => item.id === id);
  if (task === undefined) throw new Error(`${id} does not wait for a step`);
  return task;
}

/** What compute tells the processes of the workspace. */
async function deliver({ id, lease_token }: Task): Promise<object> {
  return (await api().internal('POST', `/internal/workspaces/${id}/environment`, { lease_token })).body.env;
}

/** Brings it up, its variables told. */
async function start(id: string): Promise<object> {
  const task = await claim(id);
  const env = await deliver(task);
  const seen = { status: 'running', reason: null, container_id: 'container', settled: true };
  const { version, lease_token } = task;
  await api().internal('POST', `/internal/workspaces/${task.id}/observe`, { version, lease_token, ...seen });
  return env;
}

describe('a person’s own secrets, in what runs', () => {
  it('keep others out until it is stopped: it cannot forget them', async () => {
    const id = await create();
    expect(await start(id)).toEqual({ MINE: 'my own' });
    const team = (await post('/api/teams', { name: 'The team' })).body.id;
    const move = () => post(`/api/workspaces/${id}/transfer`, { team_id: team });
    for (const refused of [await share(id), await move()]) {
      expect([refused.status, refused.body.error.context]).toEqual([409, { reason: 'own_secrets_inside' }]);
    }
    expect((await api().ask('GET', `/api/workspaces/${id}`, { as: guest })).status).toBe(404);
    // A secret that goes does not leave what was started with it.
    await api().ask('DELETE', '/api/secrets/MINE', { as: owner });
    expect(await start(id)).toEqual({});
    expect((await share(id)).status).toBe(409);

    await api().ask('PUT', '/api/secrets/MINE', { as: owner, body: { value: 'my own' } });
    await post(`/api/workspaces/${id}/stop?wait_ms=0`);
    expect((await share(id)).status).toBe(409);
    await compute.step();
    expect((await share(id)).status).toBe(201);
    await post(`/api/workspaces/${id}/start?wait_ms=0`);
    expect(await start(id)).toEqual({});
    expect((await move()).status).toBe(200);
  });

  it('are told apart from those of the workspace, which others may have', async () => {
    await api().ask('DELETE', '/api/secrets/MINE', { as: owner });
    const id = await create();
    await api().ask('PUT', `/api/workspaces/${id}/secrets/INSIDE`, { as: owner, body: { value: 'v' } });
    expect(await start(id)).toEqual({ INSIDE: 'v' });
    expect((await share(id)).status).toBe(201);
  });

  it('are told to what is private, or it is shared: never both, though both come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await create();
      const task = await claim(id);
      const [env, shared] = await Promise.all([deliver(task), share(id)]);
      const isTold = Object.hasOwn(env, 'MINE');
      expect([isTold, shared.status]).toEqual(isTold ? [true, 409] : [false, 201]);
      await api().ask('DELETE', `/api/workspaces/${id}`, { as: owner });
      await compute.step();
    }
  });
});
