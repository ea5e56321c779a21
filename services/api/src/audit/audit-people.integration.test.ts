import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';

interface Entry {
  seq: number;
  action: string;
  [field: string]: unknown;
}

const VALUE = 'a-value-that-nobody-reads';

describe('the audit log of people and what they share', () => {
  const api = setUpApi();
  let admin: TestUser;
  let owner: TestUser;
  let guest: TestUser;

  beforeAll(async () => {
    admin = await api().signInAdmin();
    owner = await api().signUp();
    guest = await api().signUp();
  });

  const read = async (query = ''): Promise<Entry[]> =>
    (await api().ask('GET', `/api/admin/audit?limit=200&${query}`, { as: admin })).body.items;
  const end = async () => (await read())[0]?.seq ?? 0;
  const since = async (seq: number) => (await read()).filter((entry) => entry.seq > seq).reverse();
  const actionsOf = (entries: readonly Entry[]) => entries.map(({ action }) => action);
  const asking = (as: TestUser) => async (method: string, path: string, body?: object) => {
    const answer = await api().ask(method, path, { as, body });
    expect([method, path, answer.status < 300, answer.body?.error]).toEqual([method, path, true, undefined]);
    return answer.body;
  };

  it('tells who is in which team, and as what', async () => {
    const ask = asking(owner);
    const start = await end();
    const { id } = await ask('POST', '/api/teams', { name: 'one' });
    const members = `/api/teams/${id}/members`;
    await ask('PATCH', `/api/teams/${id}`, { name: 'two' });
    await ask('POST', members, { email: guest.email, role: 'member' });
    await ask('PATCH', `${members}/${guest.id}`, { role: 'admin' });
    await asking(guest)('POST', `/api/teams/${id}/leave`);
    await ask('POST', members, { email: guest.email, role: 'member' });
    await ask('DELETE', `${members}/${guest.id}`);
    await ask('DELETE', `/api/teams/${id}`);
    const told = await since(start);
    expect(actionsOf(told)).toEqual([
      'team.created',
      'team.changed',
      'team.member_added',
      'team.member_changed',
      'team.member_removed',
      'team.member_added',
      'team.member_removed',
      'team.deleted',
    ]);
    expect(told.every((entry) => entry.team_id === id)).toBe(true);
    expect(told[1]).toMatchObject({ details: { before: 'one', after: 'two' } });
    expect(told[3]).toMatchObject({
      actor: { id: owner.id },
      target: { kind: 'user', id: guest.id, name: guest.email },
      details: { before: 'member', after: 'admin' },
    });
    expect(told[4]).toMatchObject({ actor: { id: guest.id }, details: { left: true } });
    expect(told[6]).toMatchObject({ actor: { id: owner.id }, details: { left: false } });
  });

  it('tells with whom a workspace is shared, and where it goes', async () => {
    const ask = asking(owner);
    const { id } = await ask('POST', '/api/workspaces?wait_ms=0', { name: 'shared' });
    const team = await ask('POST', '/api/teams', { name: 'three' });
    const path = `/api/workspaces/${id}`;
    const start = await end();
    await ask('POST', `${path}/shares`, { email: guest.email, role: 'viewer' });
    await ask('PATCH', `${path}/shares/${guest.id}`, { role: 'editor' });
    await asking(guest)('POST', `${path}/leave`);
    await ask('POST', `${path}/shares`, { email: guest.email, role: 'viewer' });
    await ask('DELETE', `${path}/shares/${guest.id}`);
    await ask('POST', `${path}/transfer`, { team_id: team.id });
    const told = await since(start);
    expect(actionsOf(told)).toEqual([
      'workspace.shared',
      'workspace.shared',
      'workspace.unshared',
      'workspace.shared',
      'workspace.unshared',
      'workspace.transferred',
    ]);
    expect(told.every((entry) => entry.workspace_id === id)).toBe(true);
    expect(told[1]).toMatchObject({
      target: { kind: 'user', id: guest.id, name: guest.email },
      details: { before: 'viewer', role: 'editor' },
    });
    expect(told[2]).toMatchObject({ actor: { id: guest.id }, details: { left: true } });
    expect(told[5]).toMatchObject({ team_id: team.id, details: { from: owner.id, to: team.id } });
  });

  it('tells of secrets by name, whenever they are handed out, and never a value', async () => {
    const ask = asking(owner);
    const start = await end();
    const { id } = await ask('POST', '/api/workspaces?wait_ms=0', { name: 'secretive' });
    await ask('PUT', '/api/secrets/MINE', { value: VALUE });
    await ask('PUT', '/api/secrets/MINE', { value: `${VALUE}2` });
    await ask('PUT', `/api/workspaces/${id}/secrets/ITS`, { value: VALUE });
    const compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    compute.behave = () => undefined;
    await compute.step();
    const task = compute.tasks.find((one) => one.id === id);
    const given = await api().internal('POST', `/internal/workspaces/${id}/environment`, {
      lease_token: task?.lease_token,
    });
    expect(given.body.env).toMatchObject({ ITS: VALUE });
    await ask('DELETE', '/api/secrets/MINE');
    const told = (await since(start)).filter(({ action }) => action.startsWith('secret.'));
    expect(actionsOf(told)).toEqual([
      'secret.created',
      'secret.changed',
      'secret.created',
      'secret.used',
      'secret.deleted',
    ]);
    expect(told[2]).toMatchObject({ workspace_id: id, target: { kind: 'secret', name: 'ITS' } });
    expect(told[3]).toMatchObject({
      actor: { kind: 'system' },
      workspace_id: id,
      details: { names: expect.arrayContaining(['ITS', 'MINE']) },
    });
    expect(JSON.stringify(await read())).not.toContain(VALUE);
  });

  it('tells of JWTs, and of programs that are let in with a code', async () => {
    const ask = asking(owner);
    const start = await end();
    const { jwt } = await ask('POST', '/api/tokens/jwt', {});
    const code = await api().ask('POST', '/api/device/code', { body: { client_name: 'a program' } });
    const page = { cookie: owner.cookie, origin: PAGE_ORIGIN };
    const path = `/api/device/requests/${code.body.user_code}`;
    const decided = await api().ask('POST', path, { headers: page, body: { decision: 'approve' } });
    expect(decided.status).toBe(204);
    const body = { device_code: code.body.device_code };
    const { secret } = (await api().ask('POST', '/api/device/token', { body })).body;
    const told = await since(start);
    expect(actionsOf(told)).toEqual(['jwt.created', 'device.approved', 'token.created']);
    expect(told[1]).toMatchObject({
      actor: { id: owner.id },
      credential: { kind: 'session' },
      target: { kind: 'device', name: 'a program' },
    });
    expect(told[2]).toMatchObject({ actor: { kind: 'anonymous' }, details: { for: owner.id } });
    const text = JSON.stringify(told);
    for (const one of [jwt, secret, code.body.device_code, code.body.user_code]) {
      expect(text).not.toContain(one);
    }
  });

  it('tells what admins do with users, and keeps who a deleted one was', async () => {
    const ask = asking(admin);
    const gone = await api().signUp();
    await asking(gone)('POST', '/api/workspaces?wait_ms=0', { name: 'left behind' });
    await asking(gone)('POST', '/api/teams', { name: 'alone' });
    const before = await read(`actor=${gone.id}`);
    const start = await end();
    const path = `/api/admin/users/${gone.id}`;
    await ask('PATCH', path, { name: 'Another name', role: 'admin' });
    await ask('PATCH', path, { role: 'user' });
    const link = await ask('POST', `${path}/password_reset`);
    const reset = { token: link.url.split('token=')[1], newPassword: 'another-horse-battery' };
    const headers = { origin: PAGE_ORIGIN };
    expect((await api().ask('POST', '/api/auth/reset-password', { headers, body: reset })).status).toBe(200);
    await ask('POST', `${path}/sign_out`, { tokens: true });
    await ask('PATCH', path, { status: 'suspended' });
    await ask('PATCH', path, { status: 'active' });
    await ask('PATCH', path, { status: 'active' });
    await ask('DELETE', `${path}?workspaces=delete`);
    const told = await since(start);
    expect(actionsOf(told)).toEqual([
      'user.changed',
      'user.role_changed',
      'user.role_changed',
      'password.reset_requested',
      'password.reset',
      'session.revoked',
      'workspace.stopped',
      'user.suspended',
      'user.restored',
      'team.deleted',
      'workspace.deleted',
      'user.deleted',
    ]);
    expect(told[1]).toMatchObject({ details: { before: 'user', after: 'admin' } });
    expect(told[5]).toMatchObject({ details: { which: 'all', tokens: true } });
    expect(told.at(-1)).toMatchObject({
      actor: { id: admin.id },
      target: { kind: 'user', id: gone.id, name: gone.email },
    });
    expect(JSON.stringify(told)).not.toContain(reset.token);
    expect(before.length).toBeGreaterThan(0);
    expect(await read(`actor=${gone.id}`)).toEqual(before);
    expect(await read(`actor=${gone.email}`)).toEqual(before);
  });
});
