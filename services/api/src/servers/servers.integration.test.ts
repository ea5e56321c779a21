import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker, observeServer } from '../../testing/compute-worker.ts';
import { eventually } from '../../testing/eventually.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

/** The body of the operator’s guide, letter by letter. */
const GUIDE_BODY = {
  name: 'workspace-1',
  hostname: '10.0.1.4',
  docker_port: 2376,
  tls_ca_path: '/etc/docker/workspace-certs/workspace-1/ca.pem',
  tls_cert_path: '/etc/docker/workspace-certs/workspace-1/client-cert.pem',
  tls_key_path: '/etc/docker/workspace-certs/workspace-1/client-key.pem',
  total_cpu: 16,
  total_memory_mb: 65_536,
  total_disk_gb: 500,
};

describe('workspace servers', () => {
  const api = setUpApi();
  let admin: TestUser;

  beforeAll(async () => {
    admin = await api().signInAdmin();
  });

  let hosts = 0;

  /** Each at an address of its own, but for those whose body is to be the guide’s. */
  const register = (body: object = {}) => {
    const hostname = Object.keys(body).length === 0 ? GUIDE_BODY.hostname : `10.0.2.${++hosts}`;
    return api().ask('POST', '/api/admin/servers', { as: admin, body: { ...GUIDE_BODY, hostname, ...body } });
  };
  const act = (id: string, action: string) =>
    api().ask('POST', `/api/admin/servers/${id}/${action}`, { as: admin });
  const get = async (id: string) => (await api().ask('GET', `/api/admin/servers/${id}`, { as: admin })).body;

  it('are registered as the guide says, and pending until checked', async () => {
    const made = await register();
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...GUIDE_BODY,
      status: 'pending',
      reason: null,
      checks: [],
      facts: null,
      labels: {},
      region: null,
      usable_cpu: 16,
      usable_memory_mb: 65_536,
    });
    const again = await register();
    expect([again.status, again.body.error.code]).toEqual([409, 'name_taken']);
    const snapshot = await api().internal('GET', '/internal/servers');
    expect(snapshot.body.items[0]).toMatchObject({ ...GUIDE_BODY, docker_socket: null, version: 1 });
    const plain = await register({ name: 'plain', tls_ca_path: undefined });
    expect(plain.body.error.code).toBe('invalid_request');
  });

  it('say why they take no work', async () => {
    const { id } = (await register({ name: 'unfit-1' })).body;
    await observeServer(api(), id, { status: 'unfit', reason: 'runsc is not registered' });
    expect(await get(id)).toMatchObject({ status: 'unfit', reason: 'runsc is not registered' });
  });

  it('are drained and activated by hand, whatever compute sees', async () => {
    const { id } = (await register({ name: 'drained-1' })).body;
    await observeServer(api(), id, { status: 'ready' });
    expect((await get(id)).status).toBe('ready');
    expect((await act(id, 'drain')).body.status).toBe('draining');
    await observeServer(api(), id, { status: 'ready' });
    expect((await get(id)).status).toBe('draining');
    expect((await act(id, 'activate')).body.status).toBe('pending');
    await observeServer(api(), id, { status: 'ready' });
    expect((await get(id)).status).toBe('ready');
  });

  it('are checked again after a change; what was seen of the old registration does not count', async () => {
    const { id } = (await register({ name: 'moved-1' })).body;
    await observeServer(api(), id, { status: 'ready' });
    const changed = await api().ask('PATCH', `/api/admin/servers/${id}`, {
      as: admin,
      body: { hostname: '10.0.1.9' },
    });
    expect(changed.body).toMatchObject({ hostname: '10.0.1.9', status: 'pending' });
    const seen = { version: 1, status: 'ready', reason: null, checks: [], facts: null };
    await api().internal('POST', `/internal/servers/${id}/observe`, seen);
    expect((await get(id)).status).toBe('pending');
    const taken = await api().ask('PATCH', `/api/admin/servers/${id}`, {
      as: admin,
      body: { name: 'workspace-1' },
    });
    expect(taken.body.error.code).toBe('name_taken');
  });

  it('are checked on demand, and the answer waits for it', async () => {
    const { id } = (await register({ name: 'checked-1' })).body;
    await observeServer(api(), id, { status: 'unfit', reason: 'no image' });
    const answer = act(id, 'check');
    await eventually(
      async () => (await api().internal('GET', '/internal/servers')).body.items.at(-1).version,
    ).toBe(2);
    await observeServer(api(), id, { status: 'ready' });
    expect((await answer).body).toMatchObject({ status: 'ready', reason: null });
  });

  it('are forgotten only without workspaces', async () => {
    const user = await api().signUp();
    const id = await ComputeWorker.registerServer(api());
    await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    await new ComputeWorker(api(), id).step();
    const refused = await api().ask('DELETE', `/api/admin/servers/${id}`, { as: admin });
    expect(refused.body.error).toMatchObject({ code: 'server_has_workspaces', context: { workspaces: 1 } });
    const { items } = (await api().ask('GET', '/api/workspaces', { as: user })).body;
    await api().ask('DELETE', `/api/workspaces/${items[0].id}`, { as: user });
    await new ComputeWorker(api(), id).step();
    expect((await api().ask('DELETE', `/api/admin/servers/${id}`, { as: admin })).status).toBe(204);
    expect((await act(id, 'drain')).body.error.code).toBe('server_not_found');
  });

  it('register the engine beside compute once', async () => {
    const local = {
      name: 'here',
      docker_socket: '/run/docker.sock',
      total_cpu: 2,
      total_memory_mb: 1,
      total_disk_gb: 1,
    };
    const first = await api().internal('PUT', '/internal/servers/local', local);
    const second = await api().internal('PUT', '/internal/servers/local', { ...local, total_cpu: 4 });
    expect(second.body).toEqual(first.body);
    expect(await get(first.body.server_id)).toMatchObject({
      name: 'here',
      hostname: 'localhost',
      total_cpu: 4,
    });
    const moved = await api().internal('PUT', '/internal/servers/local', {
      ...local,
      docker_socket: '/run/moved.sock',
    });
    expect(moved.body).toEqual(first.body);
    await register({ name: 'taken-1' });
    const other = { ...local, name: 'taken-1', docker_socket: '/run/other.sock' };
    const named = await api().internal('PUT', '/internal/servers/local', other);
    expect((await get(named.body.server_id)).name).toMatch(/^taken-1-[0-9a-z]{6}$/);
  });

  it('are listed in pages, with the sums of all', async () => {
    const page = await api().ask('GET', '/api/admin/servers?limit=2', { as: admin });
    expect(page.body.items).toHaveLength(2);
    const next = await api().ask('GET', `/api/admin/servers?limit=2&after=${page.body.next}`, { as: admin });
    expect(next.body.items[0].id > page.body.items[1].id).toBe(true);
    const capacity = await api().ask('GET', '/api/admin/servers/capacity', { as: admin });
    expect(capacity.body).toMatchObject({ max_workspaces: 50, workspaces: 0, running_workspaces: 0 });
    expect(capacity.body.servers).toBeGreaterThanOrEqual(capacity.body.ready_servers);
  });
});
