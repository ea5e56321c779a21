import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const api = setUpApi();
let admin: TestUser;

beforeAll(async () => {
  admin = await api().signInAdmin();
});

const pathOf = ({ id }: { id: string }, rest = '') => `/api/admin/users/${id}${rest}`;
const patch = (user: { id: string }, body: object, headers: Record<string, string> = cookieOfAdmin()) =>
  api().ask('PATCH', pathOf(user), { headers, body });
const withCookie = (cookie: string) => ({ cookie, origin: PAGE_ORIGIN });
const cookieOfAdmin = () => withCookie(admin.cookie);
const codeOf = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

async function admins(): Promise<string[]> {
  const listed = await api().ask('GET', '/api/admin/users?role=admin&status=active', {
    headers: cookieOfAdmin(),
  });
  return listed.body.items.map(({ id }: { id: string }) => id);
}

async function makeAdmin(): Promise<TestUser & { headers: Record<string, string> }> {
  const user = await api().signUp();
  expect((await patch(user, { role: 'admin' })).body.role).toBe('admin');
  const body = { email: user.email, password: PASSWORD };
  const signedIn = await api().ask('POST', '/api/auth/sign-in/email', { body });
  return { ...user, headers: withCookie(cookieOf(signedIn)) };
}

describe('the last active admin', () => {
  it('cannot be demoted, suspended or deleted, by nobody', async () => {
    expect(codeOf(await patch(admin, { role: 'user' }))).toEqual([409, 'last_admin']);
    expect(codeOf(await patch(admin, { status: 'suspended' }))).toEqual([409, 'conflict']);
    const headers = cookieOfAdmin();
    expect(codeOf(await api().ask('DELETE', pathOf(admin, '?workspaces=delete'), { headers }))).toEqual([
      409,
      'conflict',
    ]);
    expect(await admins()).toEqual([admin.id]);
  });

  it('is not kept by one who is suspended', async () => {
    const other = await makeAdmin();
    await patch(other, { status: 'suspended' });
    expect(codeOf(await patch(admin, { role: 'user' }))).toEqual([409, 'last_admin']);
    await patch(other, { status: 'active' });
    expect((await patch(other, { role: 'user' })).status).toBe(200);
  });

  it('keeps all of a change, or none', async () => {
    const answer = await patch(admin, { name: 'Changed', role: 'user' });
    expect(codeOf(answer)).toEqual([409, 'last_admin']);
    expect((await api().ask('GET', pathOf(admin), { headers: cookieOfAdmin() })).body.name).not.toBe(
      'Changed',
    );
  });

  it.each([
    ['demote', { role: 'user' }],
    ['suspend', { status: 'suspended' }],
  ])('is left when two %s each other at the same time', async (_verb, change) => {
    for (let round = 0; round < 5; round += 1) {
      const other = await makeAdmin();
      const answers = await Promise.all([
        patch(other, change, cookieOfAdmin()),
        patch(admin, change, other.headers),
      ]);
      expect(answers.map(({ status }) => status).sort()).not.toEqual([200, 200]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      if (answers[1]?.status === 200) {
        // The other one won: it gives the role back, so that the next round begins as this one did.
        await patch(admin, { role: 'admin', status: 'active' }, other.headers);
        const body = { email: admin.email, password: 'the-admins-password' };
        admin.cookie = cookieOf(await api().ask('POST', '/api/auth/sign-in/email', { body }));
      }
      await patch(other, { role: 'user', status: 'active' });
      expect(await admins()).toEqual([admin.id]);
    }
  });

  it('is left when all admins step down at the same time', async () => {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const { db } = database;
    const others = [await makeAdmin(), await makeAdmin()];
    const { going } = await db.transaction().execute(async (tx) => {
      // While their rows are held, each of them comes as far as it can.
      await tx.selectFrom('user').select('id').where('role', '=', 'admin').forUpdate().execute();
      const going = Promise.all([
        patch(admin, { role: 'user' }, cookieOfAdmin()),
        ...others.map((other) => patch(other, { role: 'user' }, other.headers)),
      ]);
      await eventually(async () => {
        const waiting = sql`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return (await waiting.execute(db)).rows.length;
      }).toBe(others.length + 1);
      return { going };
    });
    expect((await going).map(({ status }) => status).sort()).toEqual([200, 200, 409]);
    const left = await db.selectFrom('user').select('id').where('role', '=', 'admin').execute();
    expect(left).toHaveLength(1);
  });
});

describe('an admin who is one no more', () => {
  it('changes nobody, whatever was let in before', async () => {
    const fresh = await api().signUp();
    const headers = withCookie(fresh.cookie);
    expect(codeOf(await patch(admin, { name: 'x' }, headers))).toEqual([403, 'forbidden']);
  });
});
