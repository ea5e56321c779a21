import { userId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../testing/agent-worker.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { ADMIN, cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase, type Database } from '../database/connect.ts';

const postgres = setUpPostgres();
const api = setUpApi(() => ({}), postgres);
let database: Database;
let admin: TestUser;

const pathOf = ({ id }: { id: string }, rest = '') => `/api/admin/users/${id}${rest}`;
const patch = (user: { id: string }, body: object, as = admin) =>
  api().ask('PATCH', pathOf(user), { as, body });
const withCookie = (cookie: string) => ({ cookie, origin: PAGE_ORIGIN });
const signIn = (email: string, password = PASSWORD) =>
  api().ask('POST', '/api/auth/sign-in/email', { body: { email, password } });
const codeOf = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

beforeAll(async () => {
  admin = await api().signInAdmin();
  database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
});
afterAll(() => database.close());

async function makeWorkspace(owner: TestUser, name = 'one'): Promise<string> {
  return (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name } })).body.id;
}

describe('the list of users', () => {
  it('has counts, finds by text, role and status, and pages', async () => {
    const user = await api().signUp();
    await makeWorkspace(user);
    const byText = await api().ask('GET', `/api/admin/users?q=${user.email.toUpperCase()}`, { as: admin });
    expect(byText.body.items).toEqual([
      expect.objectContaining({
        id: user.id,
        status: 'active',
        suspended_at: null,
        last_seen_at: expect.any(String),
        workspaces: { total: 1, running: 1 },
      }),
    ]);
    const admins = await api().ask('GET', '/api/admin/users?role=admin', { as: admin });
    expect(admins.body.items.map(({ email }: { email: string }) => email)).toEqual([ADMIN.email]);
    const first = await api().ask('GET', '/api/admin/users?limit=1', { as: admin });
    const second = await api().ask('GET', `/api/admin/users?limit=1&after=${first.body.next}`, { as: admin });
    expect(second.body.items[0].id < first.body.items[0].id).toBe(true);
    const suspended = await api().ask('GET', '/api/admin/users?status=suspended', { as: admin });
    expect(suspended.body.items).toEqual([]);
  });

  it('takes signs of SQL patterns for what they are', async () => {
    for (const q of ['%', '_', '\\', "'"]) {
      const found = await api().ask('GET', `/api/admin/users?q=${encodeURIComponent(q)}`, { as: admin });
      expect([found.status, found.body.items]).toEqual([200, []]);
    }
  });

  it('is for admins alone, as is all that is done to users', async () => {
    const [member, other] = [await api().signUp(), await api().signUp()];
    const tries = await Promise.all([
      api().ask('GET', '/api/admin/users', { as: member }),
      patch(other, { status: 'suspended' }, member),
      patch(member, { role: 'admin' }, member),
      api().ask('DELETE', pathOf(other, '?workspaces=delete'), { as: member }),
      api().ask('POST', pathOf(other, '/password_reset'), { as: member }),
      api().ask('POST', pathOf(other, '/sign_out'), { as: member, body: {} }),
      api().ask('DELETE', pathOf(other, '?workspaces=delete'), { headers: withCookie(member.cookie) }),
    ]);
    expect(tries.map(codeOf)).toEqual(tries.map(() => [403, 'forbidden']));
    expect((await api().ask('GET', '/api/me', { as: other })).body.role).toBe('user');
  });

  it('does not know users who were never there', async () => {
    const id = 'usr_01k9x3v7m4q8r2t6w0y5z1a3b7';
    for (const [method, rest, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'x' }],
      ['DELETE', '', undefined],
      ['POST', '/sign_out', {}],
      ['POST', '/password_reset', undefined],
    ] as const) {
      const answer = await api().ask(method, pathOf({ id }, rest), { as: admin, body });
      expect(codeOf(answer)).toEqual([404, 'user_not_found']);
    }
  });
});

describe('a suspended user', () => {
  it('is refused with every credential, and comes back with all that was theirs', async () => {
    const user = await api().signUp();
    expect((await patch(user, { status: 'suspended' })).body).toMatchObject({
      status: 'suspended',
      suspended_by: ADMIN.email,
      sessions: 0,
    });
    const refused = await Promise.all([
      api().ask('GET', '/api/me', { as: user }),
      api().ask('GET', '/api/me', { headers: withCookie(user.cookie) }),
      api().ask('POST', '/api/tokens', { as: user, body: { name: 'another' } }),
      api().ask('GET', '/api/live', { as: user }),
    ]);
    expect(refused.map(codeOf)).toEqual(refused.map(() => [401, 'unauthenticated']));
    const session = await api().ask('GET', '/api/auth/get-session', { headers: withCookie(user.cookie) });
    expect(session.body).toBe(null);

    expect((await patch(user, { status: 'active' })).body).toMatchObject({ status: 'active', tokens: 1 });
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    expect((await signIn(user.email)).status).toBe(200);
  });

  it('is refused wherever the suspension is all that has changed', async () => {
    const user = await api().signUp();
    await sql`update "user" set suspended_at = now() where id = ${user.id}`.execute(database.db);
    const refused = await Promise.all([
      api().ask('GET', '/api/me', { as: user }),
      api().ask('GET', '/api/me', { headers: withCookie(user.cookie) }),
    ]);
    expect(refused.map(codeOf)).toEqual(refused.map(() => [401, 'unauthenticated']));
  });

  it('learns of it at sign-in with the right password; a guesser does not', async () => {
    const user = await api().signUp();
    await patch(user, { status: 'suspended' });
    const right = await signIn(user.email);
    expect(codeOf(right)).toEqual([403, 'user_suspended']);
    expect(right.body.error.message).toContain('admin');
    expect(right.headers.getSetCookie().filter((cookie) => cookie.includes('session'))).toEqual([]);
    const wrong = await signIn(user.email, 'not-the-password');
    const unknown = await signIn('nobody-at-all@example.com', 'not-the-password');
    const shape = ({ status, body }: typeof wrong) => [
      status,
      body.code,
      body.error.code,
      body.error.message,
    ];
    expect(shape(wrong)).toEqual(shape(unknown));
  });

  it('gets no session from a sign-in that was under way', async () => {
    const user = await api().signUp();
    await patch(user, { status: 'suspended' });
    const row = {
      id: 's',
      token: 't',
      user_id: user.id,
      expires_at: new Date(Date.now() + 60_000),
      updated_at: new Date(),
    };
    await expect(database.db.insertInto('session').values(row).execute()).rejects.toThrow('suspended');
  });

  it('has nothing running, and cannot have it started by others’ requests under way', async () => {
    const user = await api().signUp();
    const workspaceId = await makeWorkspace(user);
    const conversation = await api().ask('POST', `/api/workspaces/${workspaceId}/conversations`, {
      as: user,
      body: {},
    });
    const messages = `/api/conversations/${conversation.body.id}/messages`;
    await new ComputeWorker(api(), await ComputeWorker.registerServer(api())).step();
    await api().ask('POST', messages, { as: user, body: { text: 'hello' } });
    await new AgentWorker(api()).claim();
    await api().ask('POST', messages, { as: user, body: { text: 'and then', delivery: 'queue' } });
    expect((await api().ask('GET', pathOf(user), { as: admin })).body.active_turns).toBeGreaterThan(0);

    await patch(user, { status: 'suspended' });
    const workspace = await database.db
      .selectFrom('workspace')
      .select('desired_status')
      .where('id', '=', workspaceId)
      .execute();
    expect(workspace).toEqual([{ desired_status: 'stopped' }]);
    const turns = await database.db
      .selectFrom('turn')
      .select(['status', 'cancel_requested'])
      .where('conversation_id', '=', conversation.body.id)
      .execute();
    // The one that a worker holds ends as soon as the worker hears of it.
    expect(turns.filter((turn) => turn.status !== 'cancelled' && !turn.cancel_requested)).toEqual([]);
    await patch(user, { status: 'active' });
    expect((await api().ask('GET', `/api/workspaces/${workspaceId}`, { as: user })).body.desired_status).toBe(
      'stopped',
    );
  });

  it('starts no workspace with a request that was let in before', async () => {
    const user = await api().signUp();
    const workspaceId = await makeWorkspace(user);
    await api().ask('POST', `/api/workspaces/${workspaceId}/stop?wait_ms=0`, { as: user });
    // Held by this transaction, the start waits behind its own entry; then the user is suspended.
    const start = await database.db.transaction().execute(async (tx) => {
      await tx.selectFrom('user').select('id').where('id', '=', userId.parse(user.id)).forUpdate().execute();
      const started = api().ask('POST', `/api/workspaces/${workspaceId}/start?wait_ms=0`, { as: user });
      await expect
        .poll(async () => {
          const { rows } = await sql`select pid from pg_stat_activity where wait_event_type = 'Lock'`.execute(
            database.db,
          );
          return rows.length;
        })
        .toBeGreaterThan(0);
      await tx
        .updateTable('user')
        .set({ suspended_at: new Date() })
        .where('id', '=', userId.parse(user.id))
        .execute();
      return { started };
    });
    expect(codeOf(await start.started)).toEqual([403, 'user_suspended']);
  });

  it('stays suspended when it is said twice, and only the first time and admin are kept', async () => {
    const user = await api().signUp();
    const first = await patch(user, { status: 'suspended' });
    const second = await patch(user, { status: 'suspended' });
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it('has handed out no invitation that still works', async () => {
    const other = await api().signUp();
    await patch(other, { role: 'admin' });
    const headers = withCookie(cookieOf(await signIn(other.email)));
    for (const change of [{ role: 'user' }, { status: 'suspended' }]) {
      await patch(other, { role: 'admin' });
      const body = { email: 'friend@example.com', role: 'admin' };
      const made = await api().ask('POST', '/api/admin/invitations', { headers, body });
      await patch(other, change);
      const token = new URL(made.body.url).hash.replace('#token=', '');
      const looked = await api().ask('POST', '/api/invitations/look_up', { body: { token } });
      expect(codeOf(looked)).toEqual([404, 'invitation_not_valid']);
    }
  });
});

describe('signing a user out', () => {
  it('ends sessions, and tokens only where asked', async () => {
    const user = await api().signUp();
    const end = (body: object) => api().ask('POST', pathOf(user, '/sign_out'), { as: admin, body });
    expect((await end({})).status).toBe(204);
    expect((await api().ask('GET', '/api/me', { headers: withCookie(user.cookie) })).status).toBe(401);
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    expect((await end({ tokens: true })).status).toBe(204);
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(401);
  });
});

describe('a link for a new password', () => {
  const newPassword = 'a-new-and-long-password';
  const makeLink = async (user: TestUser) =>
    api().ask('POST', pathOf(user, '/password_reset'), { as: admin });
  const use = (url: string) => {
    const token = new URL(url).hash.replace('#token=', '');
    return api().ask('POST', '/api/auth/reset-password', { body: { token, newPassword } });
  };

  it('sets it once, and ends all sessions', async () => {
    const user = await api().signUp();
    const link = await makeLink(user);
    expect(link.status).toBe(201);
    expect(link.body.url).toMatch(/^http:\/\/localhost:3000\/reset-password#token=[\w-]{43}$/);
    expect((await use(link.body.url)).status).toBe(200);
    expect(codeOf(await signIn(user.email))).toEqual([401, 'invalid_credentials']);
    expect((await signIn(user.email, newPassword)).status).toBe(200);
    expect((await api().ask('GET', '/api/me', { headers: withCookie(user.cookie) })).status).toBe(401);
    const again = await use(link.body.url);
    expect(codeOf(again)).toEqual([404, 'link_not_valid']);
    expect(again.body.error.message).toContain('Ask for a new one');
  });

  it('works once when it is used twice at the same time', async () => {
    const user = await api().signUp();
    const { body } = await makeLink(user);
    const both = await Promise.all([use(body.url), use(body.url)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  it('ends after an hour, with a newer one, and with a suspension', async () => {
    const user = await api().signUp();
    const old = await makeLink(user);
    const newer = await makeLink(user);
    expect(codeOf(await use(old.body.url))).toEqual([404, 'link_not_valid']);
    expect(Date.parse(newer.body.expires_at) - Date.now()).toBeLessThanOrEqual(60 * 60_000);
    await database.db
      .updateTable('verification')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('value', '=', user.id)
      .execute();
    expect(codeOf(await use(newer.body.url))).toEqual([404, 'link_not_valid']);
    const last = await makeLink(user);
    await patch(user, { status: 'suspended' });
    expect(codeOf(await use(last.body.url))).toEqual([404, 'link_not_valid']);
    expect(codeOf(await makeLink(user))).toEqual([403, 'user_suspended']);
  });
});
