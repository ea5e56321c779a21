import type { SetupTask } from '@podex/contracts/internal/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();
const GIT_URL = 'https://octo:hunter2-secret@example.com/shop.git';

describe('the setup of a workspace', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let user: TestUser;
  let serverId: string;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api());
  });

  const get = async (id: string) => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const retry = (id: string, as = user) => api().ask('POST', `/api/workspaces/${id}/setup/retry`, { as });

  async function create(body: object = { git_url: GIT_URL, branch: 'main' }): Promise<string> {
    const whole = { name: 'shop', ...body };
    const created = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: whole });
    return created.body.id;
  }

  const run = () => new ComputeWorker(api(), serverId).step();

  async function claim(waitMs = 0): Promise<SetupTask[]> {
    const body = { worker_id: 'worker', max: 10, wait_ms: waitMs };
    return (await api().internal('POST', '/internal/workspaces/setups/claim', body)).body.items;
  }

  async function claimOne(): Promise<SetupTask> {
    const [task, ...others] = await claim();
    if (task === undefined || others.length > 0) throw new Error('one setup should wait');
    return task;
  }

  const observe = (task: SetupTask, seen: object) =>
    api().internal('POST', `/internal/workspaces/${task.workspace_id}/setup`, {
      lease_token: task.lease_token,
      reason: null,
      ...seen,
    });

  it('is null without a repository, and waits until the workspace runs', async () => {
    const plain = await create({});
    const id = await create();
    expect((await get(plain)).setup).toBeNull();
    expect(await claim()).toEqual([]);
    const waiting = claim(5_000);
    await run();
    const [task] = await waiting;
    expect(task).toMatchObject({ workspace_id: id, step: 'clone', git_url: GIT_URL, branch: 'main' });
    expect(await claim()).toEqual([]);
    if (task) await observe(task, { status: 'done' });
    expect((await get(id)).setup).toEqual({ step: 'clone', status: 'done', reason: null });
    expect((await retry(id)).body.error.code).toBe('conflict');
    expect((await retry(plain)).body.error.code).toBe('conflict');
    expect(await claim()).toEqual([]);
  });

  it('keeps why it failed, tells it live, and is done again when that is asked for', async () => {
    const id = await create();
    await run();
    const first = await claimOne();
    await observe(first, { status: 'failed', reason: 'It is private.' });
    expect(await get(id)).toMatchObject({
      status: 'running',
      reason: null,
      setup: { step: 'clone', status: 'failed', reason: 'It is private.' },
    });
    const events = await rows('select body from event where topic = $1 order by seq desc limit 1', [
      `workspace:${id}`,
    ]);
    expect(events[0]?.body).toMatchObject({ setup: { status: 'failed', reason: 'It is private.' } });
    const retried = await retry(id);
    expect(retried).toMatchObject({ status: 200, body: { setup: { status: 'running', reason: null } } });
    // Asked for twice it is done once.
    expect((await retry(id)).status).toBe(200);
    const second = await claimOne();
    expect(second.command_id).not.toBe(first.command_id);
    await observe(second, { status: 'running', reason: 'Receiving: 45 %' });
    expect((await get(id)).setup).toMatchObject({ status: 'running', reason: 'Receiving: 45 %' });
    const third = await claimOne();
    expect(third.command_id).toBe(second.command_id);
    await observe(third, { status: 'done' });
    const admin = await api().signInAdmin();
    const query = `action=workspace.setup_retried&workspace=${id}`;
    const audit = await api().ask('GET', `/api/admin/audit?${query}`, { as: admin });
    expect(audit.body.items).toHaveLength(1);
  });

  it('goes on with another worker when the one that had it says nothing, and no late word counts', async () => {
    const id = await create();
    await run();
    const first = await claimOne();
    await rows('update workspace set setup_lease_expires_at = now() where id = $1', [id]);
    const second = await claimOne();
    expect(second.command_id).toBe(first.command_id);
    const late = await observe(first, { status: 'failed', reason: 'late' });
    expect([late.status, late.body.error.code]).toEqual([409, 'workspace_changed']);
    await observe(second, { status: 'done' });
    expect((await get(id)).setup.status).toBe('done');
  });

  it('is done again from the start when it was cut off, by a stop too', async () => {
    const id = await create();
    await run();
    const first = await claimOne();
    await observe(first, { status: 'interrupted' });
    const second = await claimOne();
    expect(second.command_id).not.toBe(first.command_id);
    await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`, { as: user });
    await observe(second, { status: 'failed', reason: 'It was ended.' });
    expect((await get(id)).setup).toEqual({ step: 'clone', status: 'running', reason: null });
    expect(await claim()).toEqual([]);
    await run();
    await api().ask('POST', `/api/workspaces/${id}/start?wait_ms=0`, { as: user });
    await run();
    const third = await claimOne();
    expect(third.command_id).not.toBe(second.command_id);
    await observe(third, { status: 'done' });
  });

  it('shows nobody how its owner signs in to the host', async () => {
    const id = await create();
    const seen = await get(id);
    expect(seen.git_url).toBe('https://example.com/shop.git');
    expect(JSON.stringify(seen)).not.toMatch(/octo|hunter2/);
    expect((await get(await create({ git_url: 'ssh://git@example.com/shop.git' }))).git_url).toBe(
      'ssh://git@example.com/shop.git',
    );
  });
});
