import { serverNetworkPolicies } from '@podex/contracts/internal/network-policies';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { TestPoolKeeper } from '../../../testing/pool-keeper.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const DENY = { mode: 'deny_all', allow: [] };
const LIST = { mode: 'allow_list', allow: ['registry.npmjs.org:443', '203.0.113.0/24'] };

describe('the network policy of a workspace', () => {
  const api = setUpApi();
  let user: TestUser;
  let worker: ComputeWorker;
  let serverId: string;

  beforeAll(async () => {
    user = await api().signUp();
    serverId = await ComputeWorker.registerServer(api());
    worker = new ComputeWorker(api(), serverId);
  });

  const ask = async (method: string, path: string, body?: object, as = user) =>
    api().ask(method, `/api/workspaces${path}`, { as, body });
  const create = async (body: object = {}) => {
    const made = await ask('POST', '?wait_ms=0', { name: 'shop', ...body });
    await worker.step();
    return made.body;
  };
  const held = async () =>
    serverNetworkPolicies.parse(
      (await api().internal('GET', `/internal/servers/${serverId}/network-policies`)).body,
    );
  const policyOf = async (id: string) => (await ask('GET', `/${id}/network-policy`)).body;
  const taskOf = (id: string) => worker.tasks.findLast((task) => task.id === id);

  it('is open at first, and its server has nothing to hold it to', async () => {
    const { id } = await create();
    expect(await policyOf(id)).toEqual({ mode: 'open', allow: [], in_force: true });
    expect((await ask('GET', `/${id}`)).body.network_mode).toBe('open');
    expect(taskOf(id)?.network).toEqual({ mode: 'open', pending: false });
    expect((await held()).items).toEqual([]);
  });

  it('is taken to the server of one that runs, and in force only when compute has said so', async () => {
    const { id } = await create();
    const before = (await held()).revision;
    const answer = await ask('PUT', `/${id}/network-policy?wait_ms=0`, LIST);
    expect([answer.status, answer.body]).toEqual([200, { ...LIST, in_force: false }]);
    const now = await held();
    expect(now.items).toMatchObject([LIST]);
    expect(now.revision).toBeGreaterThan(before);
    const waiting = ask('PUT', `/${id}/network-policy`, DENY);
    await expect.poll(() => held(), { timeout: 20_000 }).toMatchObject({ items: [{ mode: 'deny_all' }] });
    await worker.step();
    expect((await waiting).body).toEqual({ ...DENY, in_force: true });
    expect(taskOf(id)?.network).toEqual({ mode: 'deny_all', pending: true });
    await ask('PUT', `/${id}/network-policy?wait_ms=0`, { mode: 'open' });
    expect((await held()).items).toEqual([]);
    await worker.step();
    expect(taskOf(id)?.network).toEqual({ mode: 'open', pending: true });
    expect(await policyOf(id)).toMatchObject({ in_force: true });
  });

  it('is not taken for in force by what compute saw of the policy before', async () => {
    const { id } = await create();
    await ask('PUT', `/${id}/network-policy?wait_ms=0`, LIST);
    worker.behave = () => undefined;
    await worker.step();
    const task = taskOf(id);
    await ask('PUT', `/${id}/network-policy?wait_ms=0`, DENY);
    const seen = { lease_token: task?.lease_token, version: task?.version, settled: true, reason: null };
    const body = { ...seen, status: 'running', container_id: 'c' };
    expect((await api().internal('POST', `/internal/workspaces/${id}/observe`, body)).status).toBe(204);
    expect(await policyOf(id)).toEqual({ ...DENY, in_force: false });
    worker.behave = (next) => ({ status: next.desired_status, container_id: 'c' });
    await worker.step();
    expect(await policyOf(id)).toEqual({ ...DENY, in_force: true });
  });

  it('wakes nothing that is stopped, and is there at its next start', async () => {
    const { id } = await create();
    await ask('POST', `/${id}/stop?wait_ms=0`);
    await worker.step();
    const count = worker.tasks.length;
    await ask('PUT', `/${id}/network-policy`, DENY);
    await worker.step();
    expect(worker.tasks).toHaveLength(count);
    const before = (await held()).revision;
    await ask('POST', `/${id}/start?wait_ms=0`);
    await worker.step();
    expect(taskOf(id)?.network).toEqual({ mode: 'deny_all', pending: true });
    expect((await held()).revision).toBeGreaterThan(before);
    expect(await policyOf(id)).toMatchObject({ in_force: true });
  });

  it('is there from the first moment when it was asked for, also with a warm container', async () => {
    const cold = await create({ network_policy: LIST });
    expect(taskOf(cold.id)?.network).toEqual({ mode: 'allow_list', pending: true });
    const keeper = new TestPoolKeeper(api());
    await keeper.keep();
    const [key] = await keeper.fill(serverId, 1);
    const before = (await held()).revision;
    const warm = (await ask('POST', '?wait_ms=0', { name: 'warm', network_policy: DENY })).body;
    expect(warm.started_from).toBe('pool');
    const now = await held();
    expect(now.items).toContainEqual({ storage_key: key, ...DENY });
    expect(now.revision).toBeGreaterThan(before);
    // Nobody finds the container by its workspace before.
    const claimed = async () => {
      const seen = {
        seen_at: new Date().toISOString(),
        containers: [],
        slots: [{ storage_key: key, running: true }],
      };
      return (await api().internal('POST', `/internal/servers/${serverId}/containers`, seen)).body;
    };
    expect(await claimed()).toEqual({ claimed: [], unknown: [], foreign: [] });
    await worker.step();
    expect((await claimed()).claimed).toEqual([{ storage_key: key, workspace_id: warm.id }]);
  });

  it('is its owner’s to change, and an entry of the audit log', async () => {
    const { id } = await create();
    const [editor, stranger] = [await api().signUp(), await api().signUp()];
    await ask('POST', `/${id}/shares`, { email: editor.email, role: 'editor' });
    expect((await ask('GET', `/${id}/network-policy`, undefined, editor)).status).toBe(200);
    expect((await ask('PUT', `/${id}/network-policy?wait_ms=0`, DENY, editor)).status).toBe(403);
    expect((await ask('PUT', `/${id}/network-policy?wait_ms=0`, DENY, stranger)).status).toBe(404);
    expect((await ask('PUT', `/${id}/network-policy?wait_ms=0`, LIST)).status).toBe(200);
    await worker.step();
    const admin = await api().signInAdmin();
    const path = '/api/admin/audit?action=workspace.network_changed&limit=1';
    expect((await api().ask('GET', path, { as: admin })).body.items).toMatchObject([
      {
        target: { id },
        details: { before: 'open', after: 'allow_list', before_allow: [], after_allow: LIST.allow },
      },
    ]);
  });

  it('begins as admins have set, and is opened no further where they have locked that', async () => {
    await api().changeSettings({
      network_policy_default: 'allow_list',
      network_allow_list_default: LIST.allow,
      network_policy_locked: true,
    });
    const { id } = await create();
    expect(await policyOf(id)).toMatchObject(LIST);
    const open = { mode: 'open', allow: [] };
    const refused = await ask('PUT', `/${id}/network-policy?wait_ms=0`, open);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden']);
    expect(refused.body.error.message).toContain('registry.npmjs.org:443');
    const made = await ask('POST', '?wait_ms=0', { name: 'open', network_policy: open });
    expect(made.status).toBe(403);
    expect((await ask('PUT', `/${id}/network-policy?wait_ms=0`, DENY)).status).toBe(200);
    await api().changeSettings({ network_policy_locked: false });
    expect((await ask('PUT', `/${id}/network-policy?wait_ms=0`, open)).status).toBe(200);
  });

  it.each([
    { mode: 'deny_all', allow: ['a.example'] },
    { mode: 'allow_list', allow: ['*.example.com'] },
    { mode: 'allow_list', allow: ['::1'] },
    { mode: 'allow_list', allow: Array.from({ length: 101 }, (_, n) => `192.0.2.${n}`) },
    { mode: 'closed' },
  ])('is refused as %j', async (body) => {
    const { id } = await create();
    expect((await ask('PUT', `/${id}/network-policy`, body)).status).toBe(400);
  });
});
