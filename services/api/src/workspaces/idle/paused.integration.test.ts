import { newId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeDouble } from '../../../testing/compute-double.ts';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { connectDatabase, type Database } from '../../database/connect.ts';

const PAUSE_AFTER_SECONDS = 900;
const TIMEOUT_SECONDS = 7200;

describe('a paused workspace', () => {
  const postgres = setUpPostgres();
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url };
  }, postgres);
  let database: Database;
  let user: TestUser;
  let worker: ComputeWorker;
  let serverId: string;

  beforeAll(async () => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api());
    worker = new ComputeWorker(api(), serverId);
    await api().changeSettings({ workspace_pause_after_seconds: PAUSE_AFTER_SECONDS });
  });
  afterAll(async () => {
    await database?.close();
    await compute?.stop();
  });

  const ask = (method: string, path: string, body?: unknown) =>
    api().ask(method, `/api/workspaces${path}`, { as: user, body });
  const get = async (id: string) => (await ask('GET', `/${id}`)).body;
  const create = async (): Promise<string> => {
    const { body } = await ask('POST', '?wait_ms=0', { name: 'shop' });
    await worker.step();
    return body.id;
  };
  const pause = async (id: string) => {
    const answer = await ask('POST', `/${id}/pause?wait_ms=0`);
    await worker.step();
    return answer;
  };
  /** As if so much time had passed. */
  const rest = (id: string, seconds: number) =>
    database.db
      .updateTable('workspace')
      .set({
        last_active_at: sql<Date>`last_active_at - make_interval(secs => ${seconds})`,
        idle_stops_at: sql<Date>`idle_stops_at - make_interval(secs => ${seconds})`,
        idle_lease_expires_at: null,
        changed_at: sql<Date>`changed_at - make_interval(secs => ${seconds})`,
      })
      .where(sql<boolean>`id = ${id}`)
      .execute();
  /** What one compute does every few seconds. */
  const sweep = async (isInUse = false): Promise<string[]> => {
    const body = { timeout_seconds: TIMEOUT_SECONDS, max: 50 };
    const claimed = await api().internal('POST', '/internal/workspaces/idle/claim', body);
    const ids = claimed.body.items.map((item: { workspace_id: string }) => item.workspace_id);
    for (const id of ids)
      await api().internal('POST', `/internal/workspaces/${id}/idle`, { in_use: isInUse });
    await worker.step();
    return ids;
  };
  /** Ids of the workspaces that were handed out. */
  const stepped = async (): Promise<string[]> => {
    worker.tasks.length = 0;
    await worker.step();
    return worker.tasks.map(({ id }) => id);
  };
  const see = async (id: string, fields: object) => {
    const container = { workspace_id: id, container_id: `container-of-${id}`, running: true, ...fields };
    const body = { seen_at: new Date().toISOString(), containers: [container] };
    await api().internal('POST', `/internal/servers/${serverId}/containers`, body);
  };
  const drop = async (id: string) => {
    await ask('DELETE', `/${id}`);
    await worker.step();
  };
  const auditOf = async (id: string) =>
    database.db
      .selectFrom('audit_entry')
      .select(['action', 'actor_kind', 'details'])
      .where('workspace_id', '=', id)
      .where('action', '=', 'workspace.paused')
      .execute();

  it('is one by hand, and goes on by a start', async () => {
    const id = await create();
    expect((await pause(id)).status).toBe(200);
    expect(await get(id)).toMatchObject({ desired_status: 'paused', status: 'paused' });
    expect(await auditOf(id)).toMatchObject([{ actor_kind: 'user' }]);
    expect((await pause(id)).status).toBe(200);
    await ask('POST', `/${id}/start?wait_ms=0`);
    await worker.step();
    expect(await get(id)).toMatchObject({ desired_status: 'running', status: 'running', reason: null });
    await drop(id);
  });

  it('is none that does not run', async () => {
    const id = await create();
    await ask('POST', `/${id}/stop?wait_ms=0`);
    await worker.step();
    const refused = await pause(id);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'workspace_not_running']);
    expect(await get(id)).toMatchObject({ desired_status: 'stopped', status: 'stopped' });
    await drop(id);
  });

  it('is one after its time without use, says why, and is stopped by its idle timeout from there', async () => {
    const id = await create();
    expect(await sweep()).toEqual([]);
    await rest(id, PAUSE_AFTER_SECONDS);
    expect(await sweep(true)).toEqual([id]);
    expect(await get(id)).toMatchObject({ status: 'running' });
    await rest(id, PAUSE_AFTER_SECONDS);
    expect(await sweep()).toEqual([id]);
    const reason = 'Paused after 15 minutes without use. It goes on where it was at its next use.';
    const paused = await get(id);
    expect(paused).toMatchObject({ desired_status: 'paused', status: 'paused', reason });
    expect(Date.parse(paused.stops_at)).toBeGreaterThan(Date.now());
    expect(await auditOf(id)).toEqual([
      {
        action: 'workspace.paused',
        actor_kind: 'system',
        details: { pause_after_seconds: PAUSE_AFTER_SECONDS },
      },
    ]);
    expect(await sweep()).toEqual([]);
    await rest(id, TIMEOUT_SECONDS - PAUSE_AFTER_SECONDS);
    await sweep();
    expect(await get(id)).toMatchObject({ desired_status: 'paused' });
    await rest(id, 301);
    await sweep();
    expect(await get(id)).toMatchObject({ desired_status: 'stopped', status: 'stopped' });
    await drop(id);
  });

  it('goes on with the first key that reaches a terminal of it', async () => {
    const id = await create();
    await pause(id);
    await api().internal('POST', '/internal/workspaces/active', { workspace_ids: [id] });
    await worker.step();
    expect(await get(id)).toMatchObject({ desired_status: 'running', status: 'running' });
    await drop(id);
  });

  it('goes on by its next use, also where its owner does not want it started, and not by who only reads', async () => {
    const { body } = await ask('POST', '?wait_ms=0', { name: 'shop', auto_start: false });
    await worker.step();
    await pause(body.id);
    expect((await ask('GET', `/${body.id}/files?path=/`)).status).toBe(409);
    compute.respond = (_request, response) => response.end('answered');
    worker.run();
    const used = await ask('PUT', `/${body.id}/commands/${newId('command')}`, { command: 'true' });
    expect([used.status, used.body]).toEqual([200, 'answered']);
    await worker.stop();
    worker = new ComputeWorker(api(), serverId);
    await drop(body.id);
  });

  it('goes on for what ends something in it, which starts none that is stopped', async () => {
    const id = await create();
    compute.respond = (_request, response) => response.end('answered');
    worker.run();
    for (const path of [`commands/${newId('command')}`, `terminals/${newId('terminal')}`]) {
      await ask('POST', `/${id}/pause`);
      expect(await get(id)).toMatchObject({ status: 'paused' });
      expect((await ask('DELETE', `/${id}/${path}`)).status).toBe(200);
      expect(await get(id)).toMatchObject({ desired_status: 'running', status: 'running' });
    }
    await ask('POST', `/${id}/stop`);
    const refused = await ask('DELETE', `/${id}/terminals/${newId('terminal')}`);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'workspace_not_running']);
    expect(await get(id)).toMatchObject({ desired_status: 'stopped', status: 'stopped' });
    await worker.stop();
    worker = new ComputeWorker(api(), serverId);
    await drop(id);
  });

  it('is handed out again when it is seen to go on, as after a restart of what froze it', async () => {
    const id = await create();
    await pause(id);
    await rest(id, 60);
    for (const fields of [{ paused: true }, {}]) {
      await see(id, fields);
      expect(await stepped()).toEqual([]);
    }
    await see(id, { paused: false });
    expect(await stepped()).toEqual([id]);
    await drop(id);
  });

  it('is none that an operator pauses by hand: it is handed out again to go on', async () => {
    const id = await create();
    await rest(id, 60);
    await see(id, { paused: false });
    expect(await stepped()).toEqual([]);
    await see(id, { paused: true });
    expect(await stepped()).toEqual([id]);
    await drop(id);
  });
});
