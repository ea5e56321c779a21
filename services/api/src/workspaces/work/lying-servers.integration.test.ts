import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();

describe('a server that says it has the workspaces of another', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let user: TestUser;
  let home: string;
  let liar: string;

  beforeAll(async () => {
    user = await api().signUp();
    home = await ComputeWorker.registerServer(api());
    liar = await ComputeWorker.registerServer(api());
  });

  const containerOf = (id: string) => `container-of-${id}`;
  const get = async (id: string) => (await api().ask('GET', `/api/workspaces/${id}`, { as: user })).body;
  const says = async (server: string, ids: string[], keys: string[] = []) =>
    (
      await api().internal('POST', `/internal/servers/${server}/containers`, {
        seen_at: new Date(Date.now() + 1000).toISOString(),
        containers: ids.map((id) => ({ workspace_id: id, container_id: containerOf(id), running: true })),
        slots: keys.map((key) => ({ storage_key: key, running: true })),
      })
    ).body;

  async function create(): Promise<{ id: string; key: string }> {
    const body = { name: 'shop' };
    const { id } = (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body;
    await new ComputeWorker(api(), home).step();
    expect(await get(id)).toMatchObject({ status: 'running' });
    const [row] = await rows('select storage_key from workspace where id = $1', [id]);
    const key: string = row.storage_key;
    return { id, key };
  }

  it('is not believed, neither by name nor by folder, and nothing is done for it', async () => {
    const running = await create();
    const stopped = await create();
    await api().ask('POST', `/api/workspaces/${stopped.id}/stop?wait_ms=0`, { as: user });
    const worker = new ComputeWorker(api(), home);
    await worker.step();
    expect(await get(stopped.id)).toMatchObject({ status: 'stopped' });
    const both = [running.id, stopped.id];
    expect(await says(liar, both, [running.key])).toEqual({
      claimed: [],
      unknown: [running.key],
      foreign: both.map(containerOf),
    });
    expect(await says(home, both)).toMatchObject({ foreign: [] });
    // The true server’s word had it looked at again; the liar’s has not.
    const unsettled = async () => {
      const [row] = await rows('select settled from workspace where id = $1', [stopped.id]);
      return row.settled === false;
    };
    expect(await unsettled()).toBe(true);
    await worker.step();
    expect(await unsettled()).toBe(false);
    await says(liar, both);
    expect(await unsettled()).toBe(false);
    expect(await get(running.id)).toMatchObject({ status: 'running' });
  });
});
