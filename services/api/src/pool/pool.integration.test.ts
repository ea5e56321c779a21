import { pool } from '@podex/contracts/pool';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker, observeServer } from '../../testing/compute-worker.ts';
import { TestPoolKeeper } from '../../testing/pool-keeper.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { setUpApiWithRows } from '../../testing/set-up-rows.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const postgres = setUpPostgres();
const SMALL_MB = 2048;
const SPARE_MB = 4096;

describe('the warm pool', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let user: TestUser;
  let admin: TestUser;

  beforeAll(async () => {
    user = await api().signUp();
    admin = await api().signInAdmin();
  });

  const create = async (body: object = {}) =>
    (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'shop', ...body } }))
      .body;
  const show = async () => pool.parse((await api().ask('GET', '/api/admin/pool', { as: admin })).body);
  const server = (memoryMb = 262_144) => ComputeWorker.registerServer(api(), { memoryMb });
  const slots = (serverId: string) =>
    rows('select * from pool_slot where server_id = $1 order by created_at', [serverId]);
  const clear = () => rows(`delete from pool_slot`, []);
  const settle = async (serverId: string) => new ComputeWorker(api(), serverId).step();

  async function keeperWithLease(image?: string): Promise<TestPoolKeeper> {
    await rows('update pool set lease_expires_at = now()', []);
    const keeper = new TestPoolKeeper(api(), image);
    await keeper.keep();
    expect(keeper.leaseToken).not.toBeNull();
    return keeper;
  }

  it('gives each slot to one workspace, however many are made at once, and the others start cold', async () => {
    const id = await server();
    const keys = await (await keeperWithLease()).fill(id, 5);
    expect(await show()).toMatchObject({ ready: 5, servers: [{ server_id: id, ready: 5 }] });
    const made = await Promise.all(Array.from({ length: 20 }, () => create()));
    const held = await rows(
      'select storage_key, container_id, server_id, reserved_memory_mb, placed_image, started_from from workspace where id = any($1)',
      [made.map((workspace) => workspace.id)],
    );
    const warm = held.filter((row) => row.started_from === 'pool');
    expect(warm.map((row) => row.storage_key).sort()).toEqual(keys.sort());
    for (const row of warm) {
      expect(row).toMatchObject({
        container_id: `container-of-${row.storage_key}`,
        server_id: id,
        reserved_memory_mb: SMALL_MB,
        placed_image: 'podex/workspace:test',
      });
    }
    expect(held.filter((row) => row.started_from === 'cold' && row.server_id === null)).toHaveLength(15);
    expect(made.filter((workspace) => workspace.started_from === 'pool')).toHaveLength(5);
    expect(await show()).toMatchObject({ ready: 0 });
    const worker = new ComputeWorker(api(), id);
    await worker.step();
    await worker.step();
    const given = worker.tasks.filter((task) => task.started_from === 'pool');
    expect(given.map((task) => task.container_id).sort()).toEqual(keys.map((key) => `container-of-${key}`));
    expect(given.every((task) => task.is_first_start)).toBe(true);
  });

  it('gives a slot also while its server is being changed, and does not start cold for that', async () => {
    const id = await server();
    await (await keeperWithLease()).fill(id, 1);
    const other = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    try {
      const creating = await other.db.transaction().execute(async (tx) => {
        await sql`select id from server where id = ${id} for update`.execute(tx);
        const begun = create();
        const waiting = sql<{ count: number }>`select count(*)::integer as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        await expect.poll(async () => (await waiting.execute(other.db)).rows[0]?.count).toBe(1);
        return [begun];
      });
      expect(await creating[0]).toMatchObject({ started_from: 'pool' });
    } finally {
      await other.close();
    }
    await clear();
  });

  it('gives nothing of another image or size, nothing that is not ready, nothing of a server that takes no work', async () => {
    const id = await server();
    const keeper = await keeperWithLease();
    await keeper.add(id);
    const [key] = await keeper.fill(id, 1);
    await api().changeSettings({ allowed_images: ['debian:12'] });
    expect((await create({ image: 'debian:12' })).started_from).toBe('cold');
    expect((await create({ size: 'medium' })).started_from).toBe('cold');
    await api().ask('POST', `/api/admin/servers/${id}/drain`, { as: admin });
    expect((await create()).started_from).toBe('cold');
    await api().ask('POST', `/api/admin/servers/${id}/activate`, { as: admin });
    expect((await create()).started_from).toBe('cold');
    await observeServer(api(), id, { status: 'ready' });
    expect((await create()).started_from).toBe('pool');
    expect((await keeper.observe(key ?? '', 'removing')).status).toBe(409);
    // Another default of compute: what was made before is no longer what people ask for.
    await keeper.fill(id, 1);
    await keeperWithLease('podex/workspace:next');
    expect((await create()).started_from).toBe('cold');
    await clear();
  });

  it('is taken from where a workspace is to live', async () => {
    const near = await server();
    const far = await server();
    await rows(`update server set region = 'near', labels = '{"disk":"fast"}' where id = $1`, [near]);
    const keeper = await keeperWithLease();
    await keeper.fill(far, 1);
    expect((await create({ region: 'near' })).started_from).toBe('cold');
    expect((await create({ labels: { disk: 'fast' } })).started_from).toBe('cold');
    await keeper.fill(near, 1);
    const nearby = await create({ region: 'near', region_match: 'preferred' });
    expect(nearby).toMatchObject({ started_from: 'pool', server_id: near });
    const elsewhere = await create({ region: 'near', region_match: 'preferred' });
    expect(elsewhere).toMatchObject({ started_from: 'pool', server_id: far });
    await keeper.fill(near, 1);
    const labelled = await create({ region: 'near', labels: { disk: 'fast' } });
    expect(labelled).toMatchObject({ started_from: 'pool', server_id: near });
    await clear();
  });

  it('counts slots as reservations, leaves room for people, and gives slots up when people need it', async () => {
    // Two slots fit beside the spare room; then a workspace, for which one slot goes.
    const id = await server(SPARE_MB + 2 * SMALL_MB);
    const keeper = await keeperWithLease();
    await keeper.fill(id, 2);
    const refused = (await keeper.add(id)).answer;
    expect([refused.status, refused.body.error.code]).toEqual([429, 'limit_reached']);
    const state = await keeper.keep();
    expect(state.servers.find((other) => other.id === id)?.free_memory_mb).toBe(SPARE_MB);
    for (let count = 0; count < 3; count += 1) await create({ size: 'medium' });
    await settle(id);
    const left = await slots(id);
    const held = await rows(
      'select sum(reserved_memory_mb)::integer as mb from workspace where server_id = $1',
      [id],
    );
    const kept = left.filter((slot) => slot.status === 'ready').length * SMALL_MB;
    expect(held[0].mb + kept).toBeLessThanOrEqual(SPARE_MB + 2 * SMALL_MB);
    expect(left.map((slot) => slot.status)).toEqual(['removing', 'removing']);
    expect(held[0].mb).toBe(SPARE_MB + 2 * SMALL_MB);
    await clear();
  });

  it('is kept by one compute at a time, and by another soon after that one has gone', async () => {
    const first = await keeperWithLease();
    const second = new TestPoolKeeper(api());
    expect((await second.keep()).lease_token).toBeNull();
    const id = await server();
    second.leaseToken = 'a guess';
    expect((await second.add(id)).answer.body.error.code).toBe('conflict');
    second.leaseToken = null;
    const waiting = second.keep({ wait_ms: 20_000, seen: (await second.keep()).seen });
    await rows(`update pool set lease_expires_at = now() + interval '300 milliseconds'`, []);
    await first.add(id);
    for (let state = await waiting; state.lease_token === null; ) {
      state = await second.keep({ wait_ms: 20_000, seen: state.seen });
    }
    expect((await first.keep()).lease_token).toBeNull();
    expect((await first.add(id)).answer.body.error.code).toBe('conflict');
    await clear();
  });

  it('wakes its keeper at once when a slot was taken, and otherwise lets it wait', async () => {
    const id = await server();
    const keeper = await keeperWithLease();
    await keeper.fill(id, 1);
    const { seen } = await keeper.keep();
    const startedAt = performance.now();
    const news = keeper.keep({ seen, wait_ms: 10_000 });
    expect((await create()).started_from).toBe('pool');
    expect((await news).slots).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await settle(id);
  });

  it('is as large as the setting says, else as the variable of compute does', async () => {
    const keeper = await keeperWithLease();
    expect((await keeper.keep({ slots: 3 })).wanted).toBe(3);
    await api().changeSettings({ warm_pool_size: 7 });
    expect((await keeper.keep({ slots: 3 })).wanted).toBe(7);
    expect((await show()).wanted).toBe(7);
    await api().changeSettings({ warm_pool_size: null });
    expect((await show()).wanted).toBe(3);
    const line = 'daily 00:00-24:00 Pacific/Auckland 5';
    await api().changeSettings({ warm_pool_schedule: [line] });
    expect((await keeper.keep({ slots: 3 })).wanted).toBe(5);
    expect(await show()).toMatchObject({
      wanted: 5,
      scheduled_by: line,
      schedule: [line],
      next_change: null,
    });
    const monday = 'mon 00:00-12:00 UTC 9';
    await api().changeSettings({ warm_pool_schedule: [line, monday] });
    expect((await show()).next_change).toBeNull();
    await api().changeSettings({ warm_pool_schedule: [monday, line] });
    expect((await show()).next_change).toMatchObject({
      at: expect.stringMatching(/T(00|12):00:00\.000Z$/),
      wanted: expect.toBeOneOf([9, 5]),
      scheduled_by: expect.toBeOneOf([monday, line]),
    });
    await api().changeSettings({ warm_pool_schedule: null });
    expect((await show()).wanted).toBe(3);
    for (const body of [{ warm_pool_size: -1 }, { warm_pool_schedule: ['mon 9-5 UTC 1'] }]) {
      const bad = await api().ask('PATCH', '/api/admin/settings', { as: admin, body });
      expect(bad.status).toBe(400);
    }
  });

  it('tells admins why a slot could not be filled, and other people nothing', async () => {
    const id = await server();
    const keeper = await keeperWithLease();
    const { key } = await keeper.add(id);
    await keeper.observe(key, 'removing', 'The image could not be pulled.');
    expect(await show()).toMatchObject({
      removing: 1,
      is_kept: true,
      last_failure: { reason: 'The image could not be pulled.', server_id: id },
    });
    expect((await keeper.observe(key, 'ready')).status).toBe(409);
    expect((await keeper.observe(key, 'removed')).status).toBe(204);
    expect((await keeper.observe(key, 'removed')).status).toBe(409);
    expect((await api().ask('GET', '/api/admin/pool', { as: user })).status).toBe(403);
  });

  it('knows whose a container is that bears no workspace’s name yet, and does not take it for lost', async () => {
    const id = await server();
    const keeper = await keeperWithLease();
    const [key = ''] = await keeper.fill(id, 1);
    const made = await create();
    await settle(id);
    const observe = (running: boolean, keys: string[]) =>
      api().internal('POST', `/internal/servers/${id}/containers`, {
        seen_at: new Date(Date.now() + 1000).toISOString(),
        containers: [],
        slots: keys.map((storage_key) => ({ storage_key, running })),
      });
    expect((await observe(true, [key, 'nobody-knows-it'])).body).toEqual({
      claimed: [{ storage_key: key, workspace_id: made.id }],
      unknown: ['nobody-knows-it'],
      foreign: [],
    });
    const status = async () =>
      (await api().ask('GET', `/api/workspaces/${made.id}`, { as: user })).body.status;
    expect(await status()).toBe('running');
    await observe(false, [key]);
    expect(await status()).toBe('creating');
  });
});
