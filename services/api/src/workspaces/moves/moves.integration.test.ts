import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker, observeServer } from '../../../testing/compute-worker.ts';
import { MoveWorker } from '../../../testing/move-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();

describe('moves of workspaces', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let admin: TestUser;
  let user: TestUser;
  let moves: MoveWorker;
  let from: string;
  let to: string;

  beforeAll(async () => {
    admin = await api().signInAdmin();
    user = await api().signUp();
    moves = new MoveWorker(api());
  });

  /** Servers of its own for each test, so that no other’s workspaces are on them. */
  beforeEach(async () => {
    from = await ComputeWorker.registerServer(api());
    to = await ComputeWorker.registerServer(api());
  });

  const ask = (method: string, path: string, body?: object, as = admin) =>
    api().ask(method, path, { as, ...(body === undefined ? {} : { body }) });
  const get = async (id: string) => (await ask('GET', `/api/workspaces/${id}`, undefined, user)).body;
  const server = async (id: string) => (await ask('GET', `/api/admin/servers/${id}`)).body;
  const step = () => new ComputeWorker(api(), from).step();
  const want = (id: string, verb: string) =>
    ask('POST', `/api/workspaces/${id}/${verb}?wait_ms=0`, undefined, user);
  const move = (id: string, body: object = {}) => ask('POST', `/api/admin/workspaces/${id}/move`, body);
  const latest = async (id: string) => (await ask('GET', `/api/admin/workspaces/${id}/move`)).body;

  async function keyOf(id: string): Promise<string> {
    const [row] = await rows('select storage_key from workspace where id = $1', [id]);
    return row.storage_key;
  }

  async function createRunning(): Promise<string> {
    const { id } = (await ask('POST', '/api/workspaces?wait_ms=0', { name: 'one' }, user)).body;
    await step();
    return id;
  }

  async function createStopped(): Promise<string> {
    const id = await createRunning();
    await want(id, 'stop');
    await step();
    return id;
  }

  it('change the server of a stopped one, in one moment, under a folder of another name', async () => {
    const id = await createStopped();
    const before = await keyOf(id);
    expect((await move(id, { server: to })).body).toMatchObject({
      status: 'queued',
      from_server: from,
      to_server: to,
    });
    const task = await moves.claimOne();
    expect(task).toMatchObject({
      workspace_id: id,
      step: 'copy',
      source: { server_id: from },
      target_server: to,
    });
    expect((await get(id)).reason).toMatch(/^Moving to local-\w+\. It can be used/);
    await moves.target(task, to);
    await moves.progress(task, 'copying', 42, 100);
    expect((await get(id)).reason).toMatch(/^Moving to local-\w+ \(42 %\)/);
    expect((await moves.switch(task)).status).toBe(409);
    await moves.progress(task, 'switching', 100, 100);
    expect((await get(id)).server_id).toBe(from);
    expect((await moves.switch(task)).status).toBe(204);
    expect(await get(id)).toMatchObject({ server_id: to, status: 'stopped', reason: null });
    expect(await keyOf(id)).toBe(task.target_key);
    expect(task.source?.storage_key).toBe(before);
    expect(task.target_key).not.toBe(before);
    expect((await latest(id)).status).toBe('cleaning');
    expect((await moves.switch(task)).status).toBe(409);
    await moves.end(task, 'cleaned');
    expect(await latest(id)).toMatchObject({ status: 'done', bytes_done: 100 });
    expect(await moves.claim()).toEqual([]);
  });

  it('are told to the readers of the servers when they are asked for and when they end', async () => {
    const id = await createStopped();
    const told = async () =>
      (await rows("select 1 from event where topic = 'servers' and body->>'server_id' = $1", [from])).length;
    const before = await told();
    await move(id, { server: to });
    expect(await told()).toBe(before + 1);
    await moves.move(await moves.claimOne(), to);
    expect(await told()).toBe(before + 3);
  });

  it('hold a workspace: a start waits, and it runs on its new server afterwards', async () => {
    const id = await createStopped();
    await move(id, { server: to });
    const task = await moves.claimOne();
    await want(id, 'start');
    const worker = new ComputeWorker(api(), to);
    await worker.step();
    expect(worker.tasks.map(({ desired_status: wanted }) => wanted)).toEqual(['stopped']);
    expect(await get(id)).toMatchObject({ desired_status: 'running', status: 'stopped' });
    expect((await get(id)).reason).toMatch(/^Moving to/);
    await moves.move(task, to);
    await worker.step();
    expect(await get(id)).toMatchObject({ status: 'running', server_id: to, reason: null });
  });

  it('wait for one that runs, or have it stopped and started again', async () => {
    const waited = await createRunning();
    const stopped = await createRunning();
    expect((await move(waited, { server: to })).body.status).toBe('waiting');
    expect((await move(stopped, { server: to, active: 'stop' })).body.status).toBe('waiting');
    expect(await moves.claim()).toEqual([]);
    await step();
    expect(await get(waited)).toMatchObject({ status: 'running' });
    expect(await get(stopped)).toMatchObject({ status: 'stopped', desired_status: 'running' });
    await moves.move(await moves.claimOne(), to);
    await new ComputeWorker(api(), to).step();
    expect(await get(stopped)).toMatchObject({ status: 'running', server_id: to });
    const claiming = moves.claim(5_000);
    await want(waited, 'stop');
    await step();
    const [task] = await claiming;
    expect(task).toMatchObject({ workspace_id: waited });
    if (task) await moves.move(task, to);
  });

  it('end with the deletion of the workspace, and what was copied is removed', async () => {
    const id = await createStopped();
    await move(id, { server: to });
    const task = await moves.claimOne();
    await moves.target(task, to);
    await moves.progress(task, 'copying', 1, 100);
    expect((await ask('DELETE', `/api/workspaces/${id}`, undefined, user)).status).toBe(204);
    for (const late of [
      moves.progress(task, 'switching', 1, 1),
      moves.switch(task),
      moves.end(task, 'cleaned'),
    ]) {
      expect((await late).body.error.code).toBe('workspace_changed');
    }
    const cleaning = await moves.claimOne();
    expect(cleaning).toMatchObject({
      step: 'clean',
      leftover: { server_id: to, storage_key: task.target_key },
    });
    const worker = new ComputeWorker(api(), from);
    await worker.step();
    expect(worker.tasks).toMatchObject([{ id, desired_status: 'deleted', server_id: from }]);
    await moves.end(cleaning, 'cleaned');
    expect(await moves.claim()).toEqual([]);
  });

  it('that fail leave the workspace where it is, as it was', async () => {
    const id = await createRunning();
    await move(id, { server: to, active: 'stop' });
    await step();
    const task = await moves.claimOne();
    await moves.target(task, to);
    await moves.end(task, 'failed', 'The disk of ws-2 is full.');
    const cleaning = await moves.claimOne();
    expect(cleaning.leftover).toEqual({ server_id: to, storage_key: task.target_key });
    await moves.end(cleaning, 'cleaned');
    expect(await latest(id)).toMatchObject({ status: 'failed', reason: 'The disk of ws-2 is full.' });
    await step();
    expect(await get(id)).toMatchObject({ status: 'running', server_id: from, reason: null });
  });

  it('are two at most from or to a server, and never to one that takes nothing', async () => {
    const ids = [await createStopped(), await createStopped(), await createStopped()];
    for (const id of ids) await move(id, { server: to });
    const [first, second, ...others] = await moves.claim();
    expect(others).toEqual([]);
    if (first === undefined || second === undefined) throw new Error('two should begin');
    await moves.move(first, to);
    const third = await moves.claimOne();
    await api().ask('POST', `/api/admin/servers/${to}/drain`, { as: admin });
    expect((await moves.target(third, to)).body.error.code).toBe('conflict');
    await moves.progress(second, 'switching', 1, 1);
    expect((await moves.switch(second)).body.error.code).toBe('conflict');
    for (const task of [second, third]) await moves.end(task, 'failed', 'no');
    for (const task of await moves.claim()) await moves.end(task, 'cleaned');
    const late = await createStopped();
    expect((await move(late, { server: to })).body.error.code).toBe('conflict');
    expect((await move(late, { server: from })).body.error.code).toBe('conflict');
    expect((await move(late, { server: `srv_${'0'.repeat(26)}` })).body.error.code).toBe('server_not_found');
  });

  it('empty a server that is drained, and are seen with it', async () => {
    const [stopped, running] = [await createStopped(), await createRunning()];
    const drained = await ask('POST', `/api/admin/servers/${from}/drain`, { move: true });
    expect(drained.body).toMatchObject({
      status: 'draining',
      drain: { moved: 0, left: 2, moving: 1, waiting: 1, failed: 0, cleaning: 0 },
    });
    await moves.move(await moves.claimOne(), to);
    expect((await server(from)).drain).toEqual({
      moved: 1,
      left: 1,
      moving: 0,
      waiting: 1,
      failed: 0,
      cleaning: 0,
    });
    await ask('POST', `/api/admin/servers/${from}/drain`, { move: true, active: 'stop' });
    await step();
    const task = await moves.claimOne();
    await moves.end(task, 'failed', 'no');
    await moves.end(await moves.claimOne(), 'cleaned');
    expect((await server(from)).drain).toMatchObject({ moved: 1, left: 1, failed: 1 });
    const refused = await ask('DELETE', `/api/admin/servers/${from}`);
    expect(refused.body.error.code).toBe('server_has_workspaces');
    await ask('POST', `/api/admin/servers/${from}/drain`, { move: true, active: 'stop' });
    await step();
    await moves.move(await moves.claimOne(), to);
    expect((await server(from)).drain).toEqual({
      moved: 2,
      left: 0,
      moving: 0,
      waiting: 0,
      failed: 0,
      cleaning: 0,
    });
    const listed = await ask('GET', `/api/admin/servers/${from}/moves`);
    expect(listed.body.items.map((item: { workspace_id: string }) => item.workspace_id)).toEqual([
      running,
      running,
      stopped,
    ]);
    expect((await ask('DELETE', `/api/admin/servers/${from}`)).status).toBe(204);
    await new ComputeWorker(api(), to).step();
    expect(await get(running)).toMatchObject({ status: 'running', server_id: to });
  });

  it('that have not begun are ended when the server is activated again', async () => {
    const [waited, held] = [await createRunning(), await createRunning()];
    await ask('POST', `/api/admin/servers/${from}/drain`, { move: true });
    await move(held, { active: 'stop' });
    await ask('POST', `/api/admin/servers/${from}/activate`);
    expect((await latest(waited)).status).toBe('cancelled');
    expect((await server(from)).drain).toBeNull();
    await observeServer(api(), from, { status: 'ready' });
    await step();
    expect(await get(held)).toMatchObject({ status: 'running', server_id: from });
    expect(await moves.claim()).toEqual([]);
  });

  it('are for admins', async () => {
    const id = await createStopped();
    expect((await ask('POST', `/api/admin/workspaces/${id}/move`, {}, user)).status).toBe(403);
    expect((await latest(id)).error.code).toBe('not_found');
  });
});
