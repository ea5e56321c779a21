import { beforeEach, describe, expect, it } from 'vitest';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

describe('quotas of one person or team', () => {
  const api = setUpApi();
  let user: TestUser;
  let admin: TestUser;
  let path: string;
  beforeEach(async () => {
    user = await api().signUp();
    admin = await api().signInAdmin();
    path = `/api/admin/users/${user.id}/quotas`;
  });

  const create = () => api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'one' } });
  const set = (body: object, at = path) => api().ask('PATCH', at, { as: admin, body });

  it('can be more or less than the platform’s, until that is taken back', async () => {
    const changed = await set({ workspaces: 1 });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ kind: 'user', id: user.id });
    expect(changed.body.quotas[0]).toEqual({
      quota: 'workspaces',
      unit: 'count',
      used: 0,
      max: 1,
      is_own: true,
    });
    expect((await create()).status).toBe(201);
    expect((await create()).body.error.context).toEqual({
      limit: 'max_workspaces_per_user',
      max: 1,
      used: 1,
    });
    expect((await set({ workspaces: null })).body.quotas[0]).toMatchObject({ max: 1000, is_own: false });
    expect((await create()).status).toBe(201);
  });

  it('hold for a team, which has neither teams nor tokens', async () => {
    const team = (await api().ask('POST', '/api/teams', { as: user, body: { name: 'crew' } })).body.id;
    const ofTeam = `/api/admin/teams/${team}/quotas`;
    expect((await set({ workspaces: 1, cpu: 2 }, ofTeam)).status).toBe(200);
    const body = { name: 'one', team_id: team };
    const make = () => api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body });
    expect((await make()).status).toBe(201);
    expect((await make()).body.error.message).toBe(
      'The team’s limit is 1 workspace, and it has 1. Delete one, or ask an admin for more.',
    );
    const refused = await set({ tokens: 5, disk_gb: 7 }, ofTeam);
    expect([refused.status, refused.body.error.code]).toEqual([400, 'invalid_request']);
    const shown = await api().ask('GET', ofTeam, { as: admin });
    expect(shown.body.quotas.find((one: { quota: string }) => one.quota === 'disk_gb').is_own).toBe(false);
  });

  it('are refused where they are no numbers that the setting takes', async () => {
    for (const bad of [
      { workspaces: 0 },
      { workspaces: 1.5 },
      { cpu: -1 },
      { spend_usd_today: -0.01 },
      { x: 1 },
    ]) {
      expect((await set(bad)).status).toBe(400);
    }
    expect((await set({ spend_usd_today: 0 })).status).toBe(200);
  });

  it('are changed for nobody who is not there, and each change is in the audit log', async () => {
    const nobody = '/api/admin/users/usr_00000000000000000000000000/quotas';
    expect((await set({ workspaces: 1 }, nobody)).status).toBe(404);
    await set({ workspaces: 7 });
    const { items } = (await api().ask('GET', '/api/admin/audit?action=quota.changed', { as: admin })).body;
    expect(items[0]).toMatchObject({
      target: { kind: 'quota', id: 'workspaces' },
      details: { holder: user.id, max: 7 },
    });
  });

  it('that several admins change at once are what one of them said, and each is in the audit log', async () => {
    const wanted = [3, 4, 5, 6, 7, 8];
    const answers = await Promise.all(wanted.map((workspaces) => set({ workspaces })));
    expect(answers.map(({ status }) => status)).toEqual(wanted.map(() => 200));
    const { quotas } = (await api().ask('GET', path, { as: admin })).body;
    expect(wanted).toContain(quotas[0].max);
    const { items } = (
      await api().ask('GET', '/api/admin/audit?action=quota.changed&limit=50', { as: admin })
    ).body;
    const told = items.filter((entry: { details: { holder: string } }) => entry.details.holder === user.id);
    expect(told.map((entry: { details: { max: number } }) => entry.details.max).sort()).toEqual(wanted);
  });
});
