import type { SetupTask, WorkspaceTask } from '@podex/contracts/internal/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker, obliging } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const api = setUpApi();
const WOKEN_WITHIN_MS = 2_000;

describe('leases of a dead compute', () => {
  let user: TestUser;
  let serverId: string;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api());
  });

  const create = async (body: object = {}): Promise<string> =>
    (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w', ...body } })).body
      .id;
  const claim = async (workerId: string, waitMs = 0): Promise<WorkspaceTask[]> => {
    const body = { worker_id: workerId, max: 50, wait_ms: waitMs };
    return (await api().internal('POST', '/internal/workspaces/claim', body)).body.items;
  };
  const claimSetups = async (workerId: string): Promise<SetupTask[]> => {
    const body = { worker_id: workerId, max: 50, wait_ms: 0 };
    return (await api().internal('POST', '/internal/workspaces/setups/claim', body)).body.items;
  };
  const release = (workerId: string, instances: string[]) =>
    api().internal('POST', '/internal/workspaces/release', { worker_id: workerId, instances });
  const settle = (task: WorkspaceTask) =>
    api().internal('POST', `/internal/workspaces/${task.id}/observe`, {
      lease_token: task.lease_token,
      version: task.version,
      reason: null,
      settled: true,
      ...obliging(task),
    });

  it('are handed out at once to who waits, and the dead one’s word counts no more', async () => {
    const id = await create();
    const [held] = await claim('host-0/old');
    if (held === undefined) throw new Error('nothing claimed');
    expect(await claim('host-0/new')).toEqual([]);
    const waiting = claim('host-1/other', 10_000);
    const startedAt = performance.now();
    expect((await release('host-0/new', ['host-0'])).status).toBe(204);
    const [again] = await waiting;
    expect(performance.now() - startedAt).toBeLessThan(WOKEN_WITHIN_MS);
    expect(again?.id).toBe(id);
    const late = await settle(held);
    expect([late.status, late.body.error.code]).toEqual([409, 'workspace_changed']);
    if (again) expect((await settle(again)).status).toBe(204);
  });

  it('are freed of the named instances alone, and never one’s own', async () => {
    await create();
    const [own] = await claim('host-0/mine');
    await create();
    const [beside] = await claim('host-1/other');
    await create();
    const [similar] = await claim('host-00/other');
    for (const instances of [['host-0', 'host'], ['host-%'], [], ["host-1' or true --"]]) {
      expect((await release('host-0/mine', instances)).status).toBe(204);
    }
    expect(await claim('anyone/x')).toEqual([]);
    for (const task of [own, beside, similar]) if (task) expect((await settle(task)).status).toBe(204);
  });

  it('are freed for setups too', async () => {
    await create({ git_url: 'https://example.com/shop.git' });
    await new ComputeWorker(api(), serverId).step();
    const [held] = await claimSetups('host-0/old');
    expect(held).toBeDefined();
    expect(await claimSetups('host-0/new')).toEqual([]);
    await release('host-0/new', ['host-0']);
    const [again] = await claimSetups('host-0/new');
    expect(again?.workspace_id).toBe(held?.workspace_id);
    expect(again?.lease_token).not.toBe(held?.lease_token);
  });

  it('are freed for the warm pool too', async () => {
    const keep = async (workerId: string) =>
      (
        await api().internal('POST', '/internal/pool/keep', {
          worker_id: workerId,
          lease_token: null,
          seen: null,
          wait_ms: 0,
          image: 'podex/workspace:test',
          size: 'small',
          slots: 0,
        })
      ).body.lease_token;
    const held = await keep('host-0/old');
    expect(held).toEqual(expect.any(String));
    await release('host-0/new', ['host-1']);
    expect(await keep('host-0/new')).toBeNull();
    await release('host-0/new', ['host-0']);
    expect(await keep('host-0/new')).toEqual(expect.any(String));
    expect(await keep('host-0/old')).toBeNull();
  });
});
