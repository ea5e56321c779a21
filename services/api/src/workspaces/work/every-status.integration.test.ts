import { desiredStatus, workspaceStatus } from '@podex/contracts/workspaces';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { connectDatabase, type Database } from '../../database/connect.ts';

describe('a workspace in any status', () => {
  const api = setUpApi();
  let database: Database;
  let user: TestUser;
  let worker: ComputeWorker;
  beforeAll(async () => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    user = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
  });
  afterAll(() => database?.close());

  const create = async (): Promise<string> =>
    (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } })).body.id;
  const put = (id: string, fields: object) =>
    database.db.updateTable('workspace').set(fields).where(sql<boolean>`id = ${id}`).execute();
  const statusOf = async (id: string) =>
    (
      await database.db
        .selectFrom('workspace')
        .select('status')
        .where(sql<boolean>`id = ${id}`)
        .executeTakeFirst()
    )?.status;

  const table = workspaceStatus.options
    .filter((status) => status !== 'deleted')
    .flatMap((status) =>
      desiredStatus.options
        .filter((desired) => desired !== 'deleted')
        .flatMap((desired) => [true, false].map((settled) => ({ status, desired_status: desired, settled }))),
    );

  it.each(table)('is deleted: $status, wanted $desired_status, settled $settled', async (state) => {
    const id = await create();
    await put(id, state);
    const deleted = await api().ask('DELETE', `/api/workspaces/${id}`, { as: user });
    expect(deleted.status).toBe(204);
    expect((await api().ask('GET', `/api/workspaces/${id}`, { as: user })).status).toBe(404);
    await worker.step();
    expect(await statusOf(id)).toBe('deleted');
  });

  it('is given up when it starts for half an hour, and can be started again', async () => {
    const id = await create();
    const { behave } = worker;
    worker.behave = () => ({ status: 'creating', reason: 'No server has room.', settled: false });
    await worker.step();
    await put(id, { status_since: sql<Date>`now() - interval '31 minutes'`, next_attempt_at: new Date() });
    await worker.step();
    const get = async () => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
    const reason =
      'It could not be started within 30 minutes. No server has room. Try again, or ask an admin.';
    expect(await get()).toMatchObject({ status: 'failed', reason });
    worker.behave = behave;
    await api().ask('POST', `/api/workspaces/${id}/start?wait_ms=0`, { as: user });
    await worker.step();
    expect(await get()).toMatchObject({ status: 'running', reason: null });
  });
});
