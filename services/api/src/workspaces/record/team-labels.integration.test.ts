import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

describe('labels of a team', () => {
  const api = setUpApi();
  let owner: TestUser;
  let member: TestUser;
  let teamPath: string;
  let teamId: string;
  beforeAll(async () => {
    owner = await api().signUp();
    member = await api().signUp();
    const made = await api().ask('POST', '/api/teams', { as: owner, body: { name: 'Shop' } });
    teamId = made.body.id;
    teamPath = `/api/teams/${teamId}`;
    expect(made.body.labels).toEqual({});
    await api().ask('POST', `${teamPath}/members`, { as: owner, body: { email: member.email } });
  });
  const set = (as: TestUser, body: object) => api().ask('PATCH', teamPath, { as, body });
  const create = (body: object = {}) =>
    api().ask('POST', '/api/workspaces?wait_ms=0', { as: member, body: { name: 'shop', ...body } });
  const claimed = async () => {
    const body = { worker_id: 'w', max: 50, wait_ms: 0 };
    return (await api().internal('POST', '/internal/workspaces/claim', body)).body.items;
  };

  it('must be on the servers of its new workspaces, beside those asked for, and of nobody else’s', async () => {
    const changed = await set(owner, { labels: { disk: 'nvme' } });
    expect([changed.status, changed.body]).toEqual([
      200,
      expect.objectContaining({ name: 'Shop', labels: { disk: 'nvme' } }),
    ]);
    expect((await create({ team_id: teamId })).body.labels).toEqual({ disk: 'nvme' });
    await create({ team_id: teamId, labels: { gpu: 'a100', disk: 'nvme' } });
    await create();
    const tasks = await claimed();
    expect(tasks.map((task: { required_labels: object }) => task.required_labels)).toEqual([
      { disk: 'nvme' },
      { disk: 'nvme', gpu: 'a100' },
      {},
    ]);
    const admin = await api().signInAdmin();
    const audit = await api().ask('GET', '/api/admin/audit?action=team.changed&limit=1', { as: admin });
    expect(audit.body.items[0].details).toMatchObject({ labels_before: [], labels_after: ['disk=nvme'] });
  });

  it('cannot be asked away, and nothing is made', async () => {
    const refused = await create({ team_id: teamId, labels: { disk: 'hdd' } });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'conflict']);
    expect(refused.body.error.message).toContain('disk=nvme');
    expect(await claimed()).toEqual([]);
  });

  it('are for admins of the team, stay when it is renamed, and have the bounds of labels', async () => {
    expect((await set(member, { labels: {} })).status).toBe(403);
    expect((await set(owner, { name: 'Store' })).body).toMatchObject({
      name: 'Store',
      labels: { disk: 'nvme' },
    });
    for (const labels of [{ 'A B': '1' }, { disk: 'a\u0007b' }, { disk: 1 }]) {
      expect((await set(owner, { labels })).status).toBe(400);
    }
    expect((await set(owner, { labels: {} })).body.labels).toEqual({});
    expect((await create({ team_id: teamId, labels: { disk: 'hdd' } })).status).toBe(201);
  });
});
