import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Behaviour, ComputeWorker, observeServer } from '../../../testing/compute-worker.ts';
import { TestPoolKeeper } from '../../../testing/pool-keeper.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();
const starting: Behaviour = () => ({ status: 'creating', settled: false, retry_in_ms: 0 });

describe('a first start whose server stops responding', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let admin: TestUser;
  let user: TestUser;
  let silent: { id: string; name: string };
  let other: { id: string; name: string };

  beforeAll(async () => {
    admin = await api().signInAdmin();
    user = await api().signUp();
  });

  beforeEach(async () => {
    silent = await server();
    other = await server();
  });

  async function server(): Promise<{ id: string; name: string }> {
    const name = `ws-${randomUUID().slice(0, 8)}`;
    return { id: await ComputeWorker.registerServer(api(), { name }), name };
  }

  const ask = (method: string, path: string, as = user, body?: object) =>
    api().ask(method, path, { as, ...(body === undefined ? {} : { body }) });
  const get = async (id: string) => (await ask('GET', `/api/workspaces/${id}`)).body;
  const row = async (id: string) => {
    const [found] = await rows(`select * from workspace where id = '${id}'`, []);
    if (found === undefined) throw new Error('no such workspace');
    return found;
  };

  async function step(id: string, behave?: Behaviour): Promise<ComputeWorker> {
    const worker = new ComputeWorker(api(), id);
    if (behave !== undefined) worker.behave = behave;
    await worker.step();
    return worker;
  }

  async function create(behave: Behaviour = starting): Promise<string> {
    const { id } = (await ask('POST', '/api/workspaces?wait_ms=0', user, { name: 'first' })).body;
    await step(silent.id, behave);
    return id;
  }

  const stopResponding = () => observeServer(api(), silent.id, { status: 'unreachable' });
  const leftoversOf = async (id: string) => {
    const { items } = (await api().internal('GET', '/internal/servers')).body;
    return items.find((record: { id: string }) => record.id === id)?.leftovers;
  };
  /** As if the workers of that time had come to the end of their leases. */
  const afterLeases = () => rows(`update leftover set created_at = now() - interval '31 seconds'`, []);
  const actionsOf = async (id: string) =>
    (await rows(`select action from audit_entry where target_id = '${id}' order by seq`, [])).map(
      ({ action }: { action: string }) => action,
    );

  it('goes on elsewhere, with a folder of another name, and says why', async () => {
    const id = await create();
    const before = await row(id);
    expect(before).toMatchObject({ server_id: silent.id, ran_at: null });
    await stopResponding();
    expect(await get(id)).toMatchObject({
      status: 'creating',
      server_id: null,
      reason: `${silent.name} does not respond: another server is looked for.`,
    });
    const left = await row(id);
    expect(left).toMatchObject({ reserved_memory_mb: 0, lease_token: null, container_id: null });
    expect(left.storage_key).not.toBe(before.storage_key);
    const moved = `Moved to ${other.name}: ${silent.name} does not respond.`;
    await step(other.id, () => ({
      status: 'creating',
      settled: false,
      retry_in_ms: 0,
      reason: 'The image is being pulled.',
    }));
    expect(await get(id)).toMatchObject({
      server_id: other.id,
      status: 'creating',
      reason: `${moved} The image is being pulled.`,
    });
    await step(other.id);
    expect(await get(id)).toMatchObject({ server_id: other.id, status: 'running', reason: moved });
    expect(await actionsOf(id)).toEqual(['workspace.created', 'workspace.left_server', 'workspace.moved']);
    // Once it has run it says so no more.
    await ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`);
    await step(other.id);
    await ask('POST', `/api/workspaces/${id}/start?wait_ms=0`);
    await step(other.id);
    expect(await get(id)).toMatchObject({ status: 'running', reason: null });
  });

  it('goes on elsewhere from a server that fails its checks, or starts again there when it passes', async () => {
    const id = await create();
    await observeServer(api(), silent.id, { status: 'unfit', reason: 'no runsc' });
    // Once may be because it has much to do.
    expect((await get(id)).server_id).toBe(silent.id);
    await observeServer(api(), silent.id, { status: 'unfit', reason: 'no runsc' });
    expect((await get(id)).reason).toBe(`${silent.name} fails its checks: another server is looked for.`);
    await observeServer(api(), silent.id, { status: 'ready' });
    await step(silent.id);
    expect(await get(id)).toMatchObject({
      status: 'running',
      server_id: silent.id,
      reason: `Started again: ${silent.name} failed its checks.`,
    });
  });

  it('waits for its server while no other is ready, and goes on where it was', async () => {
    const id = await create();
    const before = await row(id);
    await rows(`update server set observed_status = 'unfit' where id <> '${silent.id}'`, []);
    await stopResponding();
    expect(await get(id)).toMatchObject({ status: 'unreachable', server_id: silent.id });
    expect((await row(id)).storage_key).toBe(before.storage_key);
    await observeServer(api(), other.id, { status: 'ready' });
    // As it is told every 30 seconds.
    await stopResponding();
    await step(other.id);
    expect(await get(id)).toMatchObject({ status: 'running', server_id: other.id });
  });

  it('is not held up by the worker that waits for the silent server', async () => {
    const id = await create();
    const claimed = await api().internal('POST', '/internal/workspaces/claim', {
      worker_id: 'slow',
      max: 10,
      wait_ms: 0,
    });
    const task = claimed.body.items.find((item: { id: string }) => item.id === id);
    await stopResponding();
    const late = await api().internal('POST', `/internal/workspaces/${id}/observe`, {
      lease_token: task.lease_token,
      version: task.version,
      status: 'running',
      reason: null,
      container_id: 'of-the-old-server',
      settled: true,
    });
    expect([late.status, late.body.error.code]).toEqual([409, 'workspace_changed']);
    await step(other.id);
    expect(await get(id)).toMatchObject({ status: 'running', server_id: other.id });
  });

  it('that was given the server just as it fell silent goes on as well', async () => {
    await rows(`update server set observed_status = 'ready' where id = '${silent.id}'`, []);
    const id = await create();
    // Without a word of compute about the server’s workspaces.
    await rows(`update server set observed_status = 'unreachable' where id = '${silent.id}'`, []);
    const worker = await step(silent.id, (task) => ({
      status: task.id === id ? 'unreachable' : 'creating',
      settled: false,
      retry_in_ms: 2000,
      reason: 'Can’t reach its server.',
    }));
    expect(worker.tasks.map((task) => task.id)).toContain(id);
    expect(await get(id)).toMatchObject({ status: 'creating', server_id: null });
    await step(other.id);
    expect((await get(id)).status).toBe('running');
  });

  it('stays with its server as soon as it has run: its files are there', async () => {
    const ran = await create((task) => ({ status: task.desired_status, container_id: 'c' }));
    const before = await row(ran);
    await stopResponding();
    expect(await get(ran)).toMatchObject({ status: 'unreachable', server_id: silent.id });
    expect((await row(ran)).storage_key).toBe(before.storage_key);
    expect(await rows(`select * from leftover where workspace_id = '${ran}'`, [])).toEqual([]);
  });

  it('is remembered with what it left, until that is removed, though it be deleted', async () => {
    const id = await create();
    const { storage_key: key } = await row(id);
    await stopResponding();
    // A worker of before may still be about to make it.
    expect(await leftoversOf(silent.id)).toEqual([]);
    await afterLeases();
    expect(await leftoversOf(silent.id)).toEqual([{ storage_key: key, workspace_id: id }]);
    expect(await leftoversOf(other.id)).toEqual([]);
    await ask('DELETE', `/api/workspaces/${id}`);
    await step(other.id, () => ({ status: 'deleted' }));
    expect((await row(id)).status).toBe('deleted');
    expect(await leftoversOf(silent.id)).toHaveLength(1);
    expect((await api().internal('DELETE', `/internal/leftovers/${key}`)).status).toBe(204);
    expect(await leftoversOf(silent.id)).toEqual([]);
  });

  it('goes on as well when its server is lost, and what it left is found by the engine that joins again', async () => {
    await rows(`update server set engine_id = 'engine-${silent.id}' where id = '${silent.id}'`, []);
    const [started, deleted] = [await create(), await create()];
    await rows(`update server set observed_status = 'unreachable' where id = '${silent.id}'`, []);
    await ask('DELETE', `/api/workspaces/${deleted}`);
    const lost = await ask(
      'DELETE',
      `/api/admin/servers/${silent.id}?lost=true&confirm=${silent.name}`,
      admin,
    );
    expect(lost.status).toBe(204);
    expect((await row(deleted)).status).toBe('deleted');
    await step(other.id);
    expect(await get(started)).toMatchObject({ status: 'running', server_id: other.id });
    const again = await server();
    await rows(`update server set engine_id = 'engine-${silent.id}' where id = '${again.id}'`, []);
    await afterLeases();
    const found = (await leftoversOf(again.id)).map((item: { workspace_id: string }) => item.workspace_id);
    expect(found.toSorted()).toEqual([started, deleted].toSorted());
  });

  it('takes no slot of the warm pool in place of the one that died with the server', async () => {
    const keeper = new TestPoolKeeper(api());
    await keeper.keep();
    const [dead = ''] = await keeper.fill(silent.id, 1);
    const { id, started_from: from } = (
      await ask('POST', '/api/workspaces?wait_ms=0', user, { name: 'warm' })
    ).body;
    expect([from, (await row(id)).storage_key]).toEqual(['pool', dead]);
    const [ready = ''] = await keeper.fill(other.id, 1);
    await stopResponding();
    expect(await row(id)).toMatchObject({ started_from: 'cold', server_id: null, container_id: null });
    await step(other.id, () => ({ status: 'failed', reason: 'The image could not be pulled.' }));
    await ask('POST', `/api/workspaces/${id}/start?wait_ms=0`);
    await step(other.id);
    expect(await get(id)).toMatchObject({ status: 'running', started_from: 'cold' });
    const slots = await rows('select storage_key, status from pool_slot', []);
    expect(slots).toEqual([{ storage_key: ready, status: 'ready' }]);
    // The container of the dead slot is a leftover like any other.
    await afterLeases();
    expect(await leftoversOf(silent.id)).toEqual([{ storage_key: dead, workspace_id: id }]);
  });

  it('has no say in a container of an earlier place: nobody is let into it, and it counts for nothing', async () => {
    const id = await create();
    const { storage_key: old } = await row(id);
    await stopResponding();
    await step(other.id);
    const { storage_key: now, container_id: container } = await row(id);
    const listed = (serverId: string, key: unknown, name: unknown) =>
      api().internal('POST', `/internal/servers/${serverId}/containers`, {
        seen_at: new Date(Date.now() + 1000).toISOString(),
        containers: [{ workspace_id: id, container_id: name, storage_key: key, running: true }],
      });
    expect((await listed(silent.id, old, 'left')).body.foreign).toEqual(['left']);
    expect((await listed(other.id, now, container)).body.foreign).toEqual([]);
    expect((await get(id)).status).toBe('running');
    // On its own server too: the one that counts is not there.
    expect((await listed(other.id, old, 'left')).body.foreign).toEqual(['left']);
    expect((await get(id)).status).toBe('creating');
  });
});
