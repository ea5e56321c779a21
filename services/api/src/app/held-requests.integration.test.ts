import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { holdRequest } from '../../testing/held-request.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { connectDatabase, type Database, type Tx } from '../database/connect.ts';

const api = setUpApi();
/** By the watch of open connections, or by the door that looks again. */
const REFUSED = [401, 403, 404, undefined];

let database: Database;
beforeAll(() => {
  database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
});
afterAll(() => database[Symbol.asyncDispose]());

let owner: TestUser;
let other: TestUser;
let guest: TestUser;
let team: string;
let workspace: string;

const ask = async (as: TestUser, method: string, path: string, body?: object) => {
  const answer = await api().ask(method, path, { as, body });
  expect(answer.status, `${method} ${path}`).toBeLessThan(300);
  return answer.body;
};
const setRole = (role: string) => ask(owner, 'PATCH', `/api/teams/${team}/members/${other.id}`, { role });

beforeEach(async () => {
  [owner, other, guest] = [await api().signUp(), await api().signUp(), await api().signUp()];
  team = (await ask(owner, 'POST', '/api/teams', { name: 'The team' })).id;
  await ask(owner, 'POST', `/api/teams/${team}/members`, { email: other.email, role: 'owner' });
  workspace = (await ask(owner, 'POST', '/api/workspaces?wait_ms=0', { name: 'w', team_id: team })).id;
});

describe('who keeps the end of a request back', () => {
  it('does nothing with the role that a team has taken away meanwhile', async () => {
    const hold = (method: string, path: string, body: object) =>
      holdRequest(api(), { as: other, method, path, body });
    const held = await Promise.all([
      hold('PUT', `/api/teams/${team}/secrets/NAME`, { value: 'value' }),
      hold('PATCH', `/api/teams/${team}`, { name: 'Renamed' }),
      hold('POST', `/api/teams/${team}/members`, { email: guest.email, role: 'viewer' }),
      hold('PATCH', `/api/teams/${team}/members/${other.id}`, { role: 'viewer' }),
      hold('POST', `/api/workspaces/${workspace}/shares`, { email: guest.email, role: 'editor' }),
      hold('POST', `/api/workspaces/${workspace}/transfer`, { team_id: null }),
      hold('PUT', `/api/workspaces/${workspace}/secrets/NAME`, { value: 'value' }),
      hold('PATCH', `/api/workspaces/${workspace}`, { name: 'renamed' }),
      hold('POST', `/api/workspaces/${workspace}/conversations`, { title: 'a title' }),
    ]);
    await setRole('viewer');
    for (const one of held) expect(REFUSED).toContain(await one.finish());
    expect((await ask(owner, 'GET', `/api/teams/${team}/secrets`)).items).toEqual([]);
    expect(await ask(owner, 'GET', `/api/teams/${team}`)).toMatchObject({ name: 'The team', members: 2 });
    expect(await ask(owner, 'GET', `/api/workspaces/${workspace}`)).toMatchObject({
      name: 'w',
      team_id: team,
    });
    expect((await ask(owner, 'GET', `/api/workspaces/${workspace}/shares`)).items).toEqual([]);
    expect((await ask(owner, 'GET', `/api/workspaces/${workspace}/secrets`)).items).toEqual([]);
    expect((await ask(owner, 'GET', `/api/workspaces/${workspace}/conversations`)).items).toEqual([]);
  });

  it('administers nothing once they are no admin', async () => {
    const admin = await api().signInAdmin();
    await ask(admin, 'PATCH', `/api/admin/users/${other.id}`, { role: 'admin' });
    const body = { email: other.email, password: 'correct-horse-battery' };
    const { headers } = await api().ask('POST', '/api/auth/sign-in/email', { body });
    const cookie = headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const made = await api().ask('POST', '/api/tokens', {
      headers: { cookie, origin: api().config.frontendOrigin },
      body: { name: 'of an admin', scope: 'admin' },
    });
    const asAdmin = { ...other, token: made.body.secret };
    const hold = (method: string, path: string, given: object) =>
      holdRequest(api(), { as: asAdmin, method, path, body: given });
    const held = [
      await hold('POST', '/api/admin/invitations', { email: 'ghost@example.com', role: 'admin' }),
      await hold('PATCH', '/api/admin/settings', { max_teams_per_user: 1 }),
    ];
    await ask(admin, 'PATCH', `/api/admin/users/${other.id}`, { role: 'user' });
    for (const one of held) expect(REFUSED).toContain(await one.finish());
    expect((await ask(admin, 'GET', '/api/admin/invitations')).items).toEqual([]);
    expect((await ask(admin, 'GET', '/api/admin/settings')).values.max_teams_per_user).not.toBe(1);
  });

  it('leaves nothing behind with a token that was revoked meanwhile', async () => {
    const made = await ask(owner, 'POST', '/api/tokens', { name: 'short', scopes: ['account'] });
    // The tests' own tokens have no such scope.
    const as = { ...other, token: made?.secret ?? '' };
    const held = await holdRequest(api(), {
      as,
      method: 'PUT',
      path: '/api/secrets/LATE',
      body: { value: 'v' },
    });
    await ask(owner, 'DELETE', `/api/tokens/${made.id}`);
    expect(REFUSED).toContain(await held.finish());
    expect((await ask(owner, 'GET', '/api/secrets')).items).toEqual([]);
  });
});

describe('a request that waits for another', () => {
  /** Sends it while another transaction holds what it needs, and lets that end once it waits. */
  async function whileHeld(
    hold: (tx: Tx) => Promise<unknown>,
    request: () => Promise<{ status: number }>,
    meanwhile: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<number> {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: held, resolve: onHeld } = Promise.withResolvers<void>();
    const holding = database.db.transaction().execute(async (tx) => {
      await hold(tx);
      onHeld();
      await released;
    });
    await held;
    const answer = request();
    await eventually(async () => {
      const { rows } = await sql<{
        waiting: number;
      }>`select count(*)::integer as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
      return rows[0]?.waiting;
    }).toBe(1);
    await meanwhile();
    release();
    await holding;
    return (await answer).status;
  }
  const holdRow = (table: 'workspace' | 'team', id: string) => (tx: Tx) =>
    tx.selectFrom(table).select('id').where('id', '=', id).forUpdate().execute();
  const demote = () =>
    database.db
      .updateTable('team_member')
      .set({ role: 'viewer' })
      .where('team_id', '=', team)
      .where('user_id', '=', other.id)
      .execute();
  const post = (path: string, body: object, as: () => TestUser = () => other) => {
    return () => api().ask('POST', path, { as: as(), body });
  };

  it('is judged by what its caller is once it is its turn', async () => {
    const transfer = post(`/api/workspaces/${workspace}/transfer`, { team_id: null });
    expect(await whileHeld(holdRow('workspace', workspace), transfer, demote)).toBe(403);
    await setRole('owner');
    const share = post(`/api/workspaces/${workspace}/shares`, { email: guest.email, role: 'editor' });
    expect(await whileHeld(holdRow('workspace', workspace), share, demote)).toBe(403);
    await setRole('owner');
    const add = post(`/api/teams/${team}/members`, { email: guest.email, role: 'viewer' });
    expect(await whileHeld(holdRow('team', team), add, demote)).toBe(403);
    expect((await ask(owner, 'GET', `/api/teams/${team}`)).members).toBe(2);
    expect((await ask(owner, 'GET', `/api/workspaces/${workspace}`)).team_id).toBe(team);
  });

  it('finds no team that was deleted meanwhile', async () => {
    const makeTeam = async () => (await ask(owner, 'POST', '/api/teams', { name: 'Short-lived' })).id;
    const deleteTeam = (id: string) => (tx: Tx) => tx.deleteFrom('team').where('id', '=', id).execute();
    const asOwner = () => owner;
    const first = await makeTeam();
    const create = post('/api/workspaces?wait_ms=0', { name: 'w', team_id: first }, asOwner);
    expect(await whileHeld(deleteTeam(first), create)).toBe(404);
    const second = await makeTeam();
    const move = post(`/api/workspaces/${workspace}/transfer`, { team_id: second }, asOwner);
    expect(await whileHeld(deleteTeam(second), move)).toBe(404);
    const third = await makeTeam();
    const add = post(`/api/teams/${third}/members`, { email: guest.email, role: 'viewer' }, asOwner);
    expect(await whileHeld(deleteTeam(third), add)).toBe(404);
  });
});
