import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { connectDatabase, type Database } from '../../database/connect.ts';

const TIMEOUT_SECONDS = 600;

describe('workspaces that nobody uses', () => {
  const postgres = setUpPostgres();
  const api = setUpApi(() => ({}), postgres);
  let database: Database;
  let user: TestUser;
  let worker: ComputeWorker;

  beforeAll(async () => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    user = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
  });
  afterAll(() => database?.close());

  const get = async (id: string) => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const create = async (body: object = {}): Promise<string> => {
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as: user,
      body: { name: 'shop', ...body },
    });
    expect(made.status).toBe(201);
    await worker.step();
    return made.body.id;
  };
  /** As if so much time had passed. */
  const rest = (id: string, seconds: number) =>
    database.db
      .updateTable('workspace')
      .set({
        last_active_at: sql<Date>`last_active_at - make_interval(secs => ${seconds})`,
        keep_alive_until: sql<Date>`keep_alive_until - make_interval(secs => ${seconds})`,
        idle_stops_at: sql<Date>`idle_stops_at - make_interval(secs => ${seconds})`,
        idle_lease_expires_at: null,
      })
      .where(sql<boolean>`id = ${id}`)
      .execute();
  const claim = async (timeoutSeconds = TIMEOUT_SECONDS): Promise<string[]> => {
    const body = { timeout_seconds: timeoutSeconds, max: 50 };
    const claimed = await api().internal('POST', '/internal/workspaces/idle/claim', body);
    return claimed.body.items.map((item: { workspace_id: string }) => item.workspace_id);
  };
  const observe = (id: string, isInUse = false) =>
    api().internal('POST', `/internal/workspaces/${id}/idle`, { in_use: isInUse });
  /** What one compute does every few seconds. */
  const sweep = async (isInUse = false): Promise<string[]> => {
    const ids = await claim();
    for (const id of ids) expect((await observe(id, isInUse)).status).toBe(204);
    return ids;
  };
  const eventsOf = (id: string) =>
    database.db
      .selectFrom('event')
      .select('body')
      .where('topic', '=', `workspace:${id}`)
      .orderBy('seq')
      .execute()
      .then((rows) => rows.map(({ body }) => body as { type: string; stops_at?: string }));
  const warningsOf = async (id: string) =>
    (await eventsOf(id)).filter(({ type }) => type === 'workspace.stopping_soon');
  const stopAt = async (id: string) => Date.parse((await get(id)).stops_at);
  const drop = (id: string) => api().ask('DELETE', `/api/workspaces/${id}`, { as: user });

  it('are warned of it once, stopped with a reason, recorded, and started again by a person', async () => {
    const id = await create();
    await sweep();
    expect(await stopAt(id)).toBeGreaterThan(Date.now() + (TIMEOUT_SECONDS - 30) * 1000);
    await rest(id, TIMEOUT_SECONDS - 299);
    expect(await sweep()).toEqual([id]);
    expect(await sweep()).toEqual([]);
    const [warning, ...more] = await warningsOf(id);
    expect(more).toEqual([]);
    expect(Date.parse(warning?.stops_at ?? '')).toBe(await stopAt(id));
    expect(await get(id)).toMatchObject({ desired_status: 'running', status: 'running' });
    await rest(id, 302);
    expect(await sweep()).toEqual([id]);
    await worker.step();
    const reason = 'Stopped after 10 minutes without use. Start it, and its files and packages are there.';
    expect(await get(id)).toMatchObject({
      desired_status: 'stopped',
      status: 'stopped',
      reason,
      stops_at: null,
    });
    const entries = await database.db
      .selectFrom('audit_entry')
      .select(['actor_kind', 'details'])
      .where('workspace_id', '=', id)
      .where('action', '=', 'workspace.stopped')
      .execute();
    expect(entries).toEqual([{ actor_kind: 'system', details: { idle_timeout_seconds: TIMEOUT_SECONDS } }]);
    await api().ask('POST', `/api/workspaces/${id}/start?wait_ms=0`, { as: user });
    await worker.step();
    expect(await get(id)).toMatchObject({ status: 'running', reason: null });
    expect(await sweep()).toEqual([]);
    await drop(id);
  });

  it('are warned first even where their time was over long ago, as after an outage', async () => {
    const id = await create();
    await rest(id, 100_000);
    await sweep();
    expect(await get(id)).toMatchObject({ desired_status: 'running' });
    expect(await stopAt(id)).toBeGreaterThan(Date.now() + 290_000);
    await drop(id);
  });

  it('are claimed by one of several computes, and stopped and warned of once', async () => {
    const id = await create();
    await rest(id, TIMEOUT_SECONDS);
    const claims = await Promise.all(Array.from({ length: 6 }, () => claim()));
    expect(claims.flat()).toEqual([id]);
    await Promise.all(Array.from({ length: 6 }, () => observe(id)));
    expect(await warningsOf(id)).toHaveLength(1);
    await rest(id, 400);
    await Promise.all(Array.from({ length: 6 }, () => observe(id)));
    expect(
      (await eventsOf(id)).filter((event) => 'desired_status' in event && event.desired_status === 'stopped'),
    ).toHaveLength(1);
    await drop(id);
  });

  it('stay while something runs in them, and while a turn of the agent runs or has just ended', async () => {
    const id = await create();
    await rest(id, TIMEOUT_SECONDS);
    await sweep();
    await rest(id, 400);
    await sweep(true);
    expect(await stopAt(id)).toBeGreaterThan(Date.now() + (TIMEOUT_SECONDS - 30) * 1000);
    await database.db
      .insertInto('conversation')
      .values({ id: 'cnv_idle', workspace_id: id as never, mode: 'ask' } as never)
      .execute();
    await database.db
      .insertInto('turn')
      .values({ id: 'trn_idle', conversation_id: 'cnv_idle', status: 'running' } as never)
      .execute();
    for (const status of ['running', 'queued'] as const) {
      await database.db.updateTable('turn').set({ status }).where(sql<boolean>`id = 'trn_idle'`).execute();
      await rest(id, TIMEOUT_SECONDS * 3);
      expect(await sweep()).toEqual([id]);
      expect(await stopAt(id)).toBeGreaterThan(Date.now() + (TIMEOUT_SECONDS - 30) * 1000);
    }
    await database.db
      .updateTable('turn')
      .set({ status: 'completed', ended_at: new Date() })
      .where(sql<boolean>`id = 'trn_idle'`)
      .execute();
    await rest(id, TIMEOUT_SECONDS * 3);
    await sweep();
    expect(await stopAt(id)).toBeGreaterThan(Date.now() + (TIMEOUT_SECONDS - 30) * 1000);
    // One that has waited for a person for longer than the timeout does not hold it.
    await database.db
      .updateTable('turn')
      .set({
        status: 'waiting',
        waiting_reason: 'approval',
        ended_at: null,
        created_at: sql<Date>`now() - interval '2 hours'`,
      })
      .where(sql<boolean>`id = 'trn_idle'`)
      .execute();
    await rest(id, TIMEOUT_SECONDS * 3);
    await sweep();
    await rest(id, 400);
    await sweep();
    expect(await get(id)).toMatchObject({ desired_status: 'stopped' });
    await drop(id);
  });

  it('stay when they are used after the warning, which is taken back', async () => {
    const id = await create();
    await rest(id, TIMEOUT_SECONDS);
    await sweep();
    await api().internal('POST', '/internal/workspaces/active', { workspace_ids: [id] });
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'workspace.changed',
      stops_at: (await get(id)).stops_at,
    });
    expect(await stopAt(id)).toBeGreaterThan(Date.now() + (TIMEOUT_SECONDS - 30) * 1000);
    await rest(id, TIMEOUT_SECONDS);
    await sweep();
    expect(await warningsOf(id)).toHaveLength(2);
    await drop(id);
  });

  it('are kept for as long as a person asks, within a day, while they run', async () => {
    const id = await create();
    const keep = (body?: object) => api().ask('POST', `/api/workspaces/${id}/keep_alive`, { as: user, body });
    await rest(id, TIMEOUT_SECONDS);
    await sweep();
    const kept = await keep();
    expect([kept.status, kept.body.id]).toEqual([200, id]);
    expect(await sweep()).toEqual([]);
    await keep({ seconds: 3600 });
    await rest(id, 3_200);
    expect(await sweep()).toEqual([]);
    await rest(id, 200);
    expect(await sweep()).toEqual([id]);
    for (const seconds of [0, 59, 86_401, 1.5, '60']) expect((await keep({ seconds })).status).toBe(400);
    await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`, { as: user });
    expect((await keep()).body.error).toMatchObject({ code: 'workspace_not_running' });
    await drop(id);
  });

  it('keep a timeout of their own, which a setting can bound', async () => {
    const [never, short] = [
      await create({ idle_timeout_seconds: 0 }),
      await create({ idle_timeout_seconds: 60 }),
    ];
    const change = (id: string, seconds: number | null) =>
      api().ask('PATCH', `/api/workspaces/${id}`, { as: user, body: { idle_timeout_seconds: seconds } });
    expect(await get(never)).toMatchObject({ idle_timeout_seconds: 0, stops_at: null });
    expect(await stopAt(short)).toBeLessThan(Date.now() + 61_000);
    await rest(never, 1_000_000);
    await rest(short, 31);
    expect(await sweep()).toEqual([short]);
    expect((await change(short, null)).body).toMatchObject({ idle_timeout_seconds: null });
    expect(await sweep()).toEqual([]);
    for (const seconds of [-1, 1, 59, 31_536_001]) expect((await change(short, seconds)).status).toBe(400);

    await api().changeSettings({ workspace_idle_timeout_may_be_never: false });
    expect(await claim()).toEqual([never]);
    for (const seconds of [0, TIMEOUT_SECONDS + 1]) {
      const refused = await change(short, seconds);
      expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([
        429,
        'limit_reached',
        'Workspaces are stopped after at most 600 seconds without use here. Set a shorter timeout, or ask an admin.',
      ]);
    }
    expect((await change(short, TIMEOUT_SECONDS)).status).toBe(200);
    await api().changeSettings({ workspace_idle_timeout_may_be_never: null });
    await Promise.all([drop(never), drop(short)]);
  });

  it('follow the setting while it says something, and the variable of compute otherwise', async () => {
    const id = await create();
    await claim(7200);
    expect(await stopAt(id)).toBeGreaterThan(Date.now() + 7_000_000);
    await api().changeSettings({ workspace_idle_timeout_seconds: 120 });
    await claim(7200);
    expect(await stopAt(id)).toBeLessThan(Date.now() + 121_000);
    await api().changeSettings({ workspace_idle_timeout_seconds: 0 });
    await claim(7200);
    expect((await get(id)).stops_at).toBeNull();
    await api().changeSettings({ workspace_idle_timeout_seconds: null });
    await claim(0);
    expect((await get(id)).stops_at).toBeNull();
    await drop(id);
  });
});
