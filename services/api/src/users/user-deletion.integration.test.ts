import { userId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase, type Database } from '../database/connect.ts';

const postgres = setUpPostgres();
const api = setUpApi(() => ({}), postgres);
let database: Database;
let admin: TestUser;

beforeAll(async () => {
  admin = await api().signInAdmin();
  database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
});
afterAll(() => database.close());

const pathOf = ({ id }: { id: string }, rest = '') => `/api/admin/users/${id}${rest}`;
const patch = (user: { id: string }, body: object) => api().ask('PATCH', pathOf(user), { as: admin, body });
const remove = (user: { id: string }, query = '?workspaces=delete', as = admin) =>
  api().ask('DELETE', pathOf(user, query), { as });
const withCookie = (cookie: string) => ({ cookie, origin: PAGE_ORIGIN });
const signIn = (email: string) =>
  api().ask('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } });
const codeOf = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];
const makeWorkspace = async (owner: TestUser): Promise<string> =>
  (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'one' } })).body.id;
const workspaceRow = (id: string) =>
  sql<{
    owner_id: string;
    desired_status: string;
  }>`select owner_id, desired_status from workspace where id = ${id}`
    .execute(database.db)
    .then(({ rows }) => rows[0]);

/** Every table with a foreign key to users that goes with them, and how many rows of it are this user’s. */
async function rowsOf(id: string): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ name: string; column: string }>`
    select c.relname as name, a.attname as "column" from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
    where k.contype = 'f' and k.confrelid = '"user"'::regclass and k.confdeltype = 'c'`.execute(database.db);
  const counts: Record<string, number> = {};
  for (const { name, column } of tables) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::integer as n from ${sql.table(name)} where ${sql.ref(column)} = ${id}`.execute(
      database.db,
    );
    counts[name] = rows[0]?.n ?? -1;
  }
  return counts;
}

describe('a deleted user', () => {
  it('is gone with everything that was theirs; the row stays without the person', async () => {
    const user = await api().signUp();
    const workspaceId = await makeWorkspace(user);
    for (const path of ['/api/secrets/NAME', `/api/workspaces/${workspaceId}/secrets/NAME`]) {
      await api().ask('PUT', path, { as: user, body: { value: 'a secret' } });
    }
    await api().ask('POST', pathOf(user, '/password_reset'), { as: admin });
    const before = await rowsOf(user.id);
    expect(before).toMatchObject({ session: 1, token: 1, account: 1 });
    const detail = await api().ask('GET', pathOf(user), { as: admin });
    expect(detail.body).toMatchObject({ workspaces: { total: 1 }, sessions: 1, tokens: 1 });

    expect((await remove(user)).status).toBe(204);
    const after = await rowsOf(user.id);
    expect(Object.entries(after).filter(([, count]) => count !== 0)).toEqual([]);
    expect(await workspaceRow(workspaceId)).toMatchObject({ desired_status: 'deleted' });
    expect(await database.db.selectFrom('secret').selectAll().execute()).toEqual([]);
    const links = await database.db
      .selectFrom('verification')
      .select('id')
      .where('value', '=', user.id)
      .execute();
    expect(links).toEqual([]);
    expect((await api().ask('GET', pathOf(user), { as: admin })).body).toMatchObject({
      status: 'deleted',
      email: `deleted-${user.id}@deleted.invalid`,
      name: 'Deleted user',
      role: 'user',
    });
    const refused = await Promise.all([
      api().ask('GET', '/api/me', { as: user }),
      api().ask('GET', '/api/me', { headers: withCookie(user.cookie) }),
      signIn(user.email),
      signIn(`deleted-${user.id}@deleted.invalid`),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    const listed = await api().ask('GET', `/api/admin/users?q=${user.id}`, { as: admin });
    expect(listed.body.items).toEqual([]);
    const deleted = await api().ask('GET', `/api/admin/users?status=deleted&q=${user.id}`, { as: admin });
    expect(deleted.body.items).toHaveLength(1);
  });

  it('leaves no email address anywhere in the tables of accounts', async () => {
    const user = await api().signUp();
    await remove(user);
    for (const table of ['user', 'account', 'session', 'verification', 'invitation']) {
      const { rows } = await sql`
        select 1 from ${sql.table(table)} t where t::text ilike ${`%${user.email}%`}`.execute(database.db);
      expect([table, rows]).toEqual([table, []]);
    }
  });

  it('is not restored, changed, signed out or deleted again', async () => {
    const user = await api().signUp();
    await remove(user);
    const answers = await Promise.all([
      patch(user, { status: 'active' }),
      patch(user, { role: 'admin' }),
      remove(user),
      api().ask('POST', pathOf(user, '/sign_out'), { as: admin, body: {} }),
      api().ask('POST', pathOf(user, '/password_reset'), { as: admin }),
    ]);
    expect(answers.map(codeOf)).toEqual(answers.map(() => [404, 'user_not_found']));
  });

  it('is given no new way to sign in by a request under way', async () => {
    const user = await api().signUp();
    await remove(user);
    const row = { id: 'a', account_id: 'a', provider_id: 'github', user_id: user.id, updated_at: new Date() };
    await expect(database.db.insertInto('account').values(row).execute()).rejects.toThrow('deleted');
  });

  it('leaves the email address to a new account, which gets nothing of the old one', async () => {
    const user = await api().signUp();
    const workspaceId = await makeWorkspace(user);
    await remove(user);
    const body = { email: user.email, password: PASSWORD, name: 'Somebody else' };
    expect((await api().ask('POST', '/api/auth/sign-up/email', { body })).status).toBe(200);
    const headers = withCookie(cookieOf(await signIn(user.email)));
    const me = await api().ask('GET', '/api/me', { headers });
    expect(me.body).toMatchObject({ email: user.email, name: 'Somebody else' });
    expect(me.body.id).not.toBe(user.id);
    expect((await api().ask('GET', '/api/workspaces', { headers })).body.items).toEqual([]);
    expect((await api().ask('GET', `/api/workspaces/${workspaceId}`, { headers })).status).toBe(404);
    expect((await api().ask('GET', '/api/tokens', { headers })).body.items).toEqual([]);
    // The old cookie and token are not the new account’s.
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(401);
  });

  it('with workspaces is deleted only when it is said what becomes of them', async () => {
    const user = await api().signUp();
    await makeWorkspace(user);
    const answer = await remove(user, '');
    expect(codeOf(answer)).toEqual([409, 'conflict']);
    expect(answer.body.error.context).toEqual({ reason: 'user_has_workspaces' });
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    const without = await api().signUp();
    expect((await remove(without, '')).status).toBe(204);
  });
});

describe('workspaces of a deleted user', () => {
  it('move to another, stopped', async () => {
    const [user, heir] = [await api().signUp(), await api().signUp()];
    const id = await makeWorkspace(user);
    expect((await remove(user, `?workspaces=transfer&to=${heir.id}`)).status).toBe(204);
    const seen = await api().ask('GET', `/api/workspaces/${id}`, { as: heir });
    expect(seen.body).toMatchObject({ owner_id: heir.id, desired_status: 'stopped' });
  });

  it('do not move to nobody, themselves, or who is suspended, deleted or was never there', async () => {
    const [user, suspended, deleted] = [await api().signUp(), await api().signUp(), await api().signUp()];
    const id = await makeWorkspace(user);
    await patch(suspended, { status: 'suspended' });
    await remove(deleted);
    const to = (heir: string) => remove(user, `?workspaces=transfer&to=${heir}`);
    expect(codeOf(await remove(user, '?workspaces=transfer'))).toEqual([400, 'invalid_request']);
    expect(codeOf(await to(user.id))).toEqual([400, 'invalid_request']);
    for (const heir of [suspended.id, deleted.id, 'usr_01k9x3v7m4q8r2t6w0y5z1a3b7']) {
      expect(codeOf(await to(heir))).toEqual([409, 'conflict']);
    }
    expect(await workspaceRow(id)).toEqual({ owner_id: user.id, desired_status: 'running' });
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
  });

  it('of two who are deleted at once, each in favour of the other, are not lost', async () => {
    const [one, other] = [await api().signUp(), await api().signUp()];
    const ids = [await makeWorkspace(one), await makeWorkspace(other)];
    const answers = await Promise.all([
      remove(one, `?workspaces=transfer&to=${other.id}`),
      remove(other, `?workspaces=transfer&to=${one.id}`),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    const left = answers[0]?.status === 204 ? other : one;
    for (const id of ids) expect(await workspaceRow(id)).toMatchObject({ owner_id: left.id });
  });
});

describe('the own account', () => {
  const removeMe = (headers: Record<string, string>, body: object = {}) =>
    api().ask('POST', '/api/me/delete', { headers, body });
  /** As if everybody had signed in long ago. */
  const age = (user: TestUser) =>
    sql`update session set created_at = now() - interval '11 minutes' where user_id = ${user.id}`.execute(
      database.db,
    );

  it('is deleted with the password, with all workspaces', async () => {
    const user = await api().signUp();
    const workspaceId = await makeWorkspace(user);
    await age(user);
    expect((await removeMe(withCookie(user.cookie), { password: PASSWORD })).status).toBe(204);
    expect(await workspaceRow(workspaceId)).toMatchObject({ desired_status: 'deleted' });
    expect((await signIn(user.email)).status).toBe(401);
  });

  it('is deleted without it just after sign-in, and not later', async () => {
    const user = await api().signUp();
    await age(user);
    expect(codeOf(await removeMe(withCookie(user.cookie)))).toEqual([403, 'forbidden']);
    const fresh = cookieOf(await signIn(user.email));
    expect((await removeMe(withCookie(fresh))).status).toBe(204);
  });

  it('is not deleted by a token, a foreign page or a wrong password', async () => {
    const user = await api().signUp();
    const wrong = { password: 'not-the-password' };
    expect(
      codeOf(await api().ask('POST', '/api/me/delete', { as: user, body: { password: PASSWORD } })),
    ).toEqual([403, 'forbidden']);
    expect(codeOf(await removeMe({ cookie: user.cookie, origin: 'https://evil.example' }))).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(codeOf(await removeMe({ cookie: user.cookie }))).toEqual([403, 'origin_not_allowed']);
    // A session just made does not make a wrong password right.
    expect(codeOf(await removeMe(withCookie(user.cookie), wrong))).toEqual([401, 'invalid_credentials']);
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
  });

  it('counts the tries at its password', async () => {
    const user = await api().signUp();
    const codes = new Set<string | undefined>();
    for (let tries = 0; tries < 30 && !codes.has('rate_limited'); tries += 1) {
      const answer = await removeMe(withCookie(user.cookie), { password: `guess-number-${tries}` });
      codes.add(answer.body.error?.code);
    }
    expect([...codes]).toEqual(['invalid_credentials', 'rate_limited']);
    expect(codeOf(await removeMe(withCookie(user.cookie), { password: PASSWORD }))).toEqual([
      429,
      'rate_limited',
    ]);
    await database.db.deleteFrom('sign_in_attempt').execute();
  });

  it('of the last admin stays', async () => {
    const admins = await database.db.selectFrom('user').select('id').where('role', '=', 'admin').execute();
    expect(admins.map(({ id }) => id)).toEqual([userId.parse(admin.id)]);
    expect(codeOf(await removeMe(withCookie(admin.cookie)))).toEqual([409, 'last_admin']);
  });
});
