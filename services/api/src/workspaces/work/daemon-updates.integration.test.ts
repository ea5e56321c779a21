import { newId } from '@podex/contracts/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();

describe('whether the daemon of a workspace is to be updated', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let user: TestUser;
  let id: string;

  beforeAll(async () => {
    user = await api().signUp();
    const worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    ({ id } = (
      await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'shop' } })
    ).body);
    await worker.step();
  });

  const get = async () => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const listed = async () => (await api().ask('GET', '/api/workspaces', { as: user })).body.items;
  const changes = () =>
    rows("select body from event where topic = $1 and body ->> 'type' = 'workspace.changed' order by seq", [
      `workspace:${id}`,
    ]);
  const say = (update: string | null, container = `container-of-${id}`, workspace = id) =>
    api().internal('POST', '/internal/workspaces/daemons', {
      items: [{ workspace_id: workspace, container_id: container, update }],
    });

  it('is shown and told as soon as compute says so, and told once', async () => {
    expect((await get()).daemon_update).toBeNull();
    const before = (await changes()).length;
    expect((await say('at_next_start')).body).toEqual({ taken: [id] });
    expect((await get()).daemon_update).toBe('at_next_start');
    expect(await listed()).toMatchObject([{ id, daemon_update: 'at_next_start' }]);
    await say('at_next_start');
    const told = (await changes()).slice(before);
    expect(told.map(({ body }) => body.daemon_update)).toEqual(['at_next_start']);
    await say(null);
    expect((await get()).daemon_update).toBeNull();
  });

  it('is not taken of another container, or of none that is known', async () => {
    expect((await say('needs_rebuild', 'an-earlier-container')).body).toEqual({ taken: [] });
    expect((await say('needs_rebuild', 'container', newId('workspace'))).body).toEqual({ taken: [] });
    expect((await get()).daemon_update).toBeNull();
    expect((await api().internal('POST', '/internal/workspaces/daemons', { items: [] })).body).toEqual({
      taken: [],
    });
  });
});
