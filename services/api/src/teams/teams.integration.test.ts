import { describe, expect, it } from 'vitest';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

describe('a team', () => {
  const api = setUpApi();

  const make = async (owner: TestUser, name = 'A team') =>
    (await api().ask('POST', '/api/teams', { as: owner, body: { name } })).body.id as string;
  const add = (as: TestUser, team: string, email: string, role: string) =>
    api().ask('POST', `/api/teams/${team}/members`, { as, body: { email, role } });
  const setRole = (as: TestUser, team: string, user: TestUser, role: string) =>
    api().ask('PATCH', `/api/teams/${team}/members/${user.id}`, { as, body: { role } });
  const leave = (as: TestUser, team: string) => api().ask('POST', `/api/teams/${team}/leave`, { as });

  it('always has an owner, also when its owners step down at once', async () => {
    const [one, two] = [await api().signUp(), await api().signUp()];
    for (let round = 0; round < 5; round += 1) {
      const team = await make(one, `Team ${round}`);
      await add(one, team, two.email, 'owner');
      const left = await Promise.all([leave(one, team), leave(two, team)]);
      expect(left.map(({ status }) => status).sort()).toEqual([204, 409]);
      const refused = left.find(({ status }) => status === 409);
      expect(refused?.body.error.code).toBe('last_team_owner');
    }
    const team = await make(one);
    await add(one, team, two.email, 'owner');
    const demoted = await Promise.all([setRole(one, team, two, 'member'), setRole(two, team, one, 'member')]);
    expect(demoted.map(({ status }) => status).sort()).toEqual([200, 403]);
  });

  it('lets nobody give a role above their own, or touch who is above them', async () => {
    const [owner, admin, member] = [await api().signUp(), await api().signUp(), await api().signUp()];
    const team = await make(owner);
    await add(owner, team, admin.email, 'admin');
    await add(admin, team, member.email, 'member');
    for (const refused of [
      await setRole(admin, team, member, 'owner'),
      await setRole(admin, team, owner, 'viewer'),
      await setRole(admin, team, admin, 'owner'),
      await api().ask('DELETE', `/api/teams/${team}/members/${owner.id}`, { as: admin }),
      await setRole(member, team, member, 'admin'),
    ]) {
      expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden']);
    }
    expect((await setRole(admin, team, member, 'admin')).status).toBe(200);
  });

  it('keeps what two people change at once', async () => {
    const [owner, other, one, two] = [
      await api().signUp(),
      await api().signUp(),
      await api().signUp(),
      await api().signUp(),
    ];
    const team = await make(owner);
    await add(owner, team, other.email, 'owner');
    await Promise.all([add(owner, team, one.email, 'viewer'), add(other, team, two.email, 'admin')]);
    await Promise.all([setRole(owner, team, one, 'member'), setRole(other, team, two, 'viewer')]);
    const members = await api().ask('GET', `/api/teams/${team}/members`, { as: owner });
    const roles = new Map(members.body.items.map(({ user_id: id, role }: Member) => [id, role]));
    expect([roles.get(one.id), roles.get(two.id)]).toEqual(['member', 'viewer']);
  });

  it('takes its workspaces from who leaves, though they made them', async () => {
    const [owner, member] = [await api().signUp(), await api().signUp()];
    const team = await make(owner);
    await add(owner, team, member.email, 'member');
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as: member,
      body: { name: 'theirs', team_id: team },
    });
    expect(made.body).toMatchObject({ owner_id: member.id, team_id: team, relation: 'owner' });
    const seen = await api().ask('GET', `/api/workspaces/${made.body.id}`, { as: owner });
    expect(seen.body.relation).toBe('owner');
    await leave(member, team);
    const path = `/api/workspaces/${made.body.id}`;
    expect((await api().ask('GET', path, { as: member })).status).toBe(404);
    expect((await api().ask('GET', '/api/workspaces', { as: member })).body.items).toEqual([]);
    const refused = await api().ask('DELETE', `/api/teams/${team}`, { as: owner });
    expect(refused.body.error).toMatchObject({ code: 'team_has_workspaces', context: { workspaces: 1 } });
    const taken = await api().ask('POST', `${path}/transfer`, { as: owner, body: { team_id: null } });
    expect(taken.body).toMatchObject({ owner_id: owner.id, team_id: null });
    expect((await api().ask('DELETE', `/api/teams/${team}`, { as: owner })).status).toBe(204);
  });

  it('is made for by members alone, and adds only people who are here', async () => {
    const [owner, viewer, stranger] = [await api().signUp(), await api().signUp(), await api().signUp()];
    const team = await make(owner);
    await add(owner, team, viewer.email, 'viewer');
    const create = async (as: TestUser) => {
      const body = { name: 'one', team_id: team };
      return (await api().ask('POST', '/api/workspaces?wait_ms=0', { as, body })).body.error.code;
    };
    expect(await create(viewer)).toBe('forbidden');
    expect(await create(stranger)).toBe('team_not_found');
    expect((await add(owner, team, 'nobody@example.com', 'member')).body.error.code).toBe('user_not_found');
    expect((await add(owner, team, viewer.email, 'member')).body.error.code).toBe('conflict');
  });

  it('has limits of its own, told apart from its members’', async () => {
    const owner = await api().signUp();
    const team = await make(owner);
    await api().changeSettings({ max_workspaces_per_team: 1, max_teams_per_user: 1 });
    try {
      const create = (body: object) =>
        api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'one', ...body } });
      expect((await create({ team_id: team })).status).toBe(201);
      const refused = await create({ team_id: team });
      expect(refused.body.error).toMatchObject({
        code: 'limit_reached',
        context: { limit: 'max_workspaces_per_team', max: 1, used: 1 },
      });
      expect((await create({})).status).toBe(201);
      const another = await api().ask('POST', '/api/teams', { as: owner, body: { name: 'Two' } });
      expect(another.body.error.context.limit).toBe('max_teams_per_user');
    } finally {
      await api().changeSettings({ max_workspaces_per_team: null, max_teams_per_user: null });
    }
  });
});

interface Member {
  user_id: string;
  role: string;
}
