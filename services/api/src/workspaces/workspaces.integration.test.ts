import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker, obliging, observeServer } from '../../testing/compute-worker.ts';
import { eventually } from '../../testing/eventually.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

const postgres = setUpPostgres();

describe('workspaces', () => {
  const api = setUpApi(undefined, postgres);
  let user: TestUser;
  let serverId: string;
  let compute: ComputeWorker;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api());
  });
  beforeEach(() => {
    compute = new ComputeWorker(api(), serverId);
  });
  afterEach(() => compute.stop());

  const create = (body: object = {}, query = '', headers: Record<string, string> = {}) =>
    api().ask('POST', `/api/workspaces${query}`, { as: user, body: { name: 'shop', ...body }, headers });
  const get = async (id: string) => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const post = (id: string, action: string, query = '?wait_ms=5000') =>
    api().ask('POST', `/api/workspaces/${id}/${action}${query}`, { as: user });

  it('are created and answered when they run', async () => {
    compute.run();
    const body = { name: 'shop', git_url: 'https://example.com/shop.git', branch: 'main' };
    const created = await create({ ...body, env: { A: '1' } }, '?wait_ms=10000');
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      name: 'shop',
      owner_id: user.id,
      desired_status: 'running',
      status: 'running',
      reason: null,
      server_id: serverId,
      size: 'small',
      image: 'podex/workspace:test',
      git_url: body.git_url,
      ports: [],
    });
    expect(compute.tasks[0]).toMatchObject({
      name: body.name,
      image: null,
      desired_status: 'running',
      attempts: 0,
    });
    for (const seen of [created.body, compute.tasks[0]]) expect(JSON.stringify(seen)).not.toContain('env');
  });

  it('are answered as they are when the wait is over', async () => {
    const startedAt = performance.now();
    const created = await create({}, '?wait_ms=300');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
    expect(created).toMatchObject({ status: 201, body: { status: 'creating', server_id: null } });
    await compute.step();
    expect(await get(created.body.id)).toMatchObject({ status: 'running' });
  });

  it('stop, start, and are deleted in every state', async () => {
    compute.run();
    const { id } = (await create()).body;
    expect((await post(id, 'stop')).body).toMatchObject({ status: 'stopped', desired_status: 'stopped' });
    expect((await post(id, 'stop')).body.status).toBe('stopped');
    expect((await post(id, 'start')).body.status).toBe('running');
    expect((await api().ask('DELETE', `/api/workspaces/${id}`, { as: user })).status).toBe(204);
    expect((await api().ask('GET', `/api/workspaces/${id}`, { as: user })).status).toBe(404);
    expect((await post(id, 'start')).body.error.code).toBe('workspace_not_found');
    await eventually(() => compute.tasks.at(-1)?.desired_status).toBe('deleted');

    await compute.stop();
    const waiting = (await create({}, '?wait_ms=0')).body;
    expect((await api().ask('DELETE', `/api/workspaces/${waiting.id}`, { as: user })).status).toBe(204);
    const { items } = (await api().ask('GET', '/api/workspaces?limit=200', { as: user })).body;
    expect(items.map((item: { id: string }) => item.id)).not.toContain(waiting.id);
  });

  it('are renamed and resized', async () => {
    compute.run();
    const { id } = (await create()).body;
    const changed = await api().ask('PATCH', `/api/workspaces/${id}`, {
      as: user,
      body: { name: 'Shop 2', size: 'large' },
    });
    expect(changed.body).toMatchObject({ name: 'Shop 2', size: 'large', status: 'running' });
    await post(id, 'stop');
    await post(id, 'start');
    expect(compute.tasks.at(-1)).toMatchObject({ name: 'Shop 2', size: 'large' });
  });

  it('are created once for one Idempotency-Key, however often and at once it is sent', async () => {
    compute.run();
    const headers = { 'idempotency-key': 'create-1' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => create({ name: 'once' }, '', headers)));
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const other = await create({ name: 'another' }, '', headers);
    expect([other.status, other.body.error.code]).toEqual([409, 'idempotency_key_reused']);
    const stranger = await api().signUp();
    const theirs = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as: stranger,
      body: { name: 'once' },
      headers,
    });
    expect(theirs.body.id).not.toBe(answers[0]?.body.id);
  });

  it('are listed newest first in pages', async () => {
    const lister = await api().signUp();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: lister, body: { name } });
      ids.unshift(made.body.id);
    }
    const first = await api().ask('GET', '/api/workspaces?limit=2', { as: lister });
    expect(first.body.items.map((item: { id: string }) => item.id)).toEqual(ids.slice(0, 2));
    const second = await api().ask('GET', `/api/workspaces?limit=2&after=${first.body.next}`, { as: lister });
    expect(second.body.items.map((item: { id: string }) => item.id)).toEqual(ids.slice(2));
    expect(second.body.next).toBeNull();
  });

  it('say why they do not run, and are tried again', async () => {
    compute.behave = () => ({
      status: 'creating',
      reason: 'no server has room',
      settled: false,
      retry_in_ms: 100,
    });
    compute.run();
    const created = await create({}, '?wait_ms=400');
    expect(created.body).toMatchObject({ status: 'creating', reason: 'no server has room' });
    await eventually(() => compute.tasks.at(-1)?.attempts).toBeGreaterThan(1);
    compute.behave = obliging;
    await eventually(async () => (await get(created.body.id)).status).toBe('running');
    expect((await get(created.body.id)).reason).toBeNull();
  });

  it('that have failed for good are tried again when they are started', async () => {
    compute.behave = () => ({ status: 'failed', reason: 'the image is not there' });
    compute.run();
    const created = await create();
    expect(created.body).toMatchObject({ status: 'failed', reason: 'the image is not there' });
    compute.behave = obliging;
    expect((await post(created.body.id, 'start')).body).toMatchObject({ status: 'running', reason: null });
  });
});

describe('the work of compute', () => {
  const api = setUpApi(undefined, postgres);
  let user: TestUser;
  let serverId: string;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api(), { cpu: 1, memoryMb: 1_000_000 });
  });

  const create = async (size = 'small') =>
    (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w', size } })).body;
  const get = async (id: string) => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const claim = async (max = 50, waitMs = 0): Promise<WorkspaceTask[]> => {
    const body = { worker_id: 'w', max, wait_ms: waitMs };
    return (await api().internal('POST', '/internal/workspaces/claim', body)).body.items;
  };
  const reserve = (task: WorkspaceTask, maxWorkspaces = 50, server = serverId) =>
    api().internal('POST', `/internal/workspaces/${task.id}/reserve`, {
      lease_token: task.lease_token,
      server_id: server,
      image: 'i',
      max_workspaces: maxWorkspaces,
    });
  const observe = (task: WorkspaceTask, seen: object) =>
    api().internal('POST', `/internal/workspaces/${task.id}/observe`, {
      lease_token: task.lease_token,
      version: task.version,
      status: 'running',
      reason: null,
      container_id: 'c',
      settled: true,
      ...seen,
    });
  const drop = async (ids: string[]) => {
    for (const id of ids) await api().ask('DELETE', `/api/workspaces/${id}`, { as: user });
    for (const task of await claim()) await observe(task, { status: 'deleted', container_id: null });
  };

  it('hands each workspace to one worker', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => create()));
    const claimed = (await Promise.all([claim(3), claim(3), claim(3), claim(3)])).flat();
    expect(claimed.map((task) => task.id).sort()).toEqual(made.map((one) => one.id).sort());
    expect(await claim()).toEqual([]);
    for (const task of claimed) await observe(task, { status: 'stopped' });
    await drop(made.map((one) => one.id));
  });

  it('is woken when there is work', async () => {
    const waiting = claim(1, 5000);
    const startedAt = performance.now();
    const made = await create();
    const [task] = await waiting;
    expect(task?.id).toBe(made.id);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    if (task) await observe(task, { status: 'stopped' });
    await drop([made.id]);
  });

  it('keeps what was seen, and hands the workspace out again when its owner wants something else by now', async () => {
    const made = await create();
    const [task] = await claim();
    if (task === undefined) throw new Error('nothing claimed');
    await reserve(task);
    await api().ask('POST', `/api/workspaces/${made.id}/stop?wait_ms=0`, { as: user });
    expect((await observe(task, {})).status).toBe(204);
    expect(await get(made.id)).toMatchObject({ status: 'running', desired_status: 'stopped' });
    const [next] = await claim();
    expect(next).toMatchObject({ id: made.id, desired_status: 'stopped', status: 'running' });
    const late = await observe(task, { status: 'failed' });
    expect([late.status, late.body.error.code]).toEqual([409, 'workspace_changed']);
    if (next) await observe(next, { status: 'stopped' });
    await drop([made.id]);
  });

  it('reserves no more than a server has, however many ask at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => create()));
    const tasks = await claim();
    const answers = await Promise.all(tasks.map((task) => reserve(task)));
    expect(answers.filter((answer) => answer.status === 204)).toHaveLength(4);
    const refused = answers.filter((answer) => answer.status !== 204);
    expect(refused.map((answer) => answer.body.error)).toEqual(
      refused.map(() =>
        expect.objectContaining({ code: 'limit_reached', context: { limit: 'cpu', max: 4 } }),
      ),
    );
    // Reserving again counts once.
    const holder = tasks.find((_task, index) => answers[index]?.status === 204);
    if (holder) expect((await reserve(holder)).status).toBe(204);
    const servers = await api().internal('GET', '/internal/servers');
    expect(servers.body.items[0]).toMatchObject({ reserved_cpu: 4, reserved_memory_mb: 8192, workspaces: 4 });
    for (const task of tasks) await observe(task, { status: 'stopped' });
    const freed = await api().internal('GET', '/internal/servers');
    expect(freed.body.items[0]).toMatchObject({ reserved_cpu: 0, workspaces: 4 });
    await drop(made.map((one) => one.id));
  });

  it('reserves no more workspaces than compute allows in all', async () => {
    const made = await Promise.all(Array.from({ length: 3 }, () => create()));
    const tasks = await claim();
    const answers = await Promise.all(tasks.map((task) => reserve(task, 2)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 204, 429]);
    const error = answers.find((answer) => answer.status === 429)?.body.error;
    expect(error).toMatchObject({ code: 'limit_reached', context: { limit: 'max_workspaces', max: 2 } });
    const admin = await api().signInAdmin();
    const capacity = await api().ask('GET', '/api/admin/servers/capacity', { as: admin });
    expect(capacity.body).toMatchObject({ max_workspaces: 2, total_cpu: 1, reserved_cpu: 2 });
    for (const task of tasks) await observe(task, { status: 'stopped' });
    await drop(made.map((one) => one.id));
  });

  it('keeps a workspace on the server where its files are', async () => {
    const elsewhere = await ComputeWorker.registerServer(api());
    const made = await create();
    const [task] = await claim();
    if (task === undefined) throw new Error('nothing claimed');
    await reserve(task);
    // Nothing ran there yet: it may still go elsewhere, and back.
    expect((await reserve(task, 50, elsewhere)).status).toBe(204);
    expect((await reserve(task)).status).toBe(204);
    await observe(task, {});
    await api().ask('POST', `/api/workspaces/${made.id}/stop?wait_ms=0`, { as: user });
    const [stopping] = await claim();
    if (stopping) await observe(stopping, { status: 'stopped' });
    await api().ask('POST', `/api/workspaces/${made.id}/start?wait_ms=0`, { as: user });
    const [again] = await claim();
    if (again === undefined) throw new Error('nothing claimed');
    expect(again.server_id).toBe(serverId);
    expect((await reserve(again, 50, elsewhere)).body.error.code).toBe('conflict');
    expect((await reserve(again)).status).toBe(204);
    await observe(again, {});
    await drop([made.id]);
  });

  it('starts again what stopped by itself, and stops what should not run', async () => {
    const worker = new ComputeWorker(api(), serverId);
    const [lost, kept, stray] = await Promise.all([create(), create(), create()]);
    await worker.step();
    await api().ask('POST', `/api/workspaces/${stray.id}/stop?wait_ms=0`, { as: user });
    await worker.step();
    const seen = (ids: string[], seenAt = new Date(Date.now() + 1000)) =>
      api().internal('POST', `/internal/servers/${serverId}/containers`, {
        seen_at: seenAt.toISOString(),
        containers: ids.map((id) => ({ workspace_id: id, container_id: 'c', running: true })),
      });
    // A picture from before the last change proves nothing.
    await seen([], new Date(Date.now() - 60_000));
    expect(await claim()).toEqual([]);
    await seen([kept.id, stray.id]);
    expect(await get(lost.id)).toMatchObject({ status: 'creating', desired_status: 'running' });
    expect((await get(lost.id)).reason).toMatch(/ended unexpectedly at .* is being restarted/);
    expect(await get(kept.id)).toMatchObject({ status: 'running' });
    const tasks = await claim();
    expect(tasks.map((task) => task.id).sort()).toEqual([lost.id, stray.id].sort());
    for (const task of tasks) await observe(task, { status: task.desired_status });
    await drop([lost.id, kept.id, stray.id]);
  });

  it('never shows running on a server that can’t be reached', async () => {
    const made = await create();
    const worker = new ComputeWorker(api(), serverId);
    await worker.step();
    expect((await get(made.id)).status).toBe('running');
    await observeServer(api(), serverId, { status: 'unreachable', reason: 'no answer within 5 s' });
    expect(await get(made.id)).toMatchObject({ status: 'unreachable', desired_status: 'running' });
    const [task] = await claim();
    expect(task).toBeUndefined();
    await observeServer(api(), serverId, { status: 'ready' });
    expect(await get(made.id)).toMatchObject({ status: 'running', reason: null });
    await drop([made.id]);
  });

  it('moves the time of the last activity', async () => {
    const made = await create();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await api().internal('POST', '/internal/workspaces/active', { workspace_ids: [made.id] });
    expect((await get(made.id)).last_active_at > made.last_active_at).toBe(true);
    await drop([made.id]);
  });
});
