import { createHmac } from 'node:crypto';
import { userId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const NAME = 'podex.session_token';
const DAY_MS = 24 * 60 * 60_000;

describe('a session cookie', () => {
  const api = setUpApi();
  const me = (cookie: string) => api().ask('GET', '/api/me', { headers: { cookie, origin: PAGE_ORIGIN } });
  const statusOf = async (cookie: string) => (await me(cookie)).status;
  const partsOf = ({ cookie }: TestUser) => {
    const [, value = ''] = new RegExp(`${NAME}=([^;]+)`).exec(cookie) ?? [];
    const [token = '', signature = ''] = decodeURIComponent(value).split('.');
    return { token, signature };
  };
  const cookieWith = (token: string, signature: string) =>
    `${NAME}=${encodeURIComponent(`${token}.${signature}`)}`;
  const setEnd = async ({ id }: TestUser, inMs: number) => {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('session')
      .set({ expires_at: new Date(Date.now() + inMs) })
      .where('user_id', '=', userId.parse(id))
      .execute();
  };
  const readEnd = async ({ id }: TestUser) => {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const row = await database.db
      .selectFrom('session')
      .select('expires_at')
      .where('user_id', '=', userId.parse(id))
      .executeTakeFirstOrThrow();
    return row.expires_at.getTime() - Date.now();
  };

  it('beside another of its name signs nobody in: one of the two is somebody else’s', async () => {
    const [person, stranger] = [await api().signUp(), await api().signUp()];
    const [own, theirs] = [person, stranger].map(
      ({ cookie }) => new RegExp(`${NAME}=[^;]+`).exec(cookie)?.[0],
    );
    const sessionOf = async (cookie: string) =>
      (await api().ask('GET', '/api/auth/get-session', { headers: { cookie, origin: PAGE_ORIGIN } })).body;
    expect([await statusOf(`${own}`), (await sessionOf(`${own}`)).user.id]).toEqual([200, person.id]);
    for (const cookie of [`${theirs}; ${own}`, `${own}; ${theirs}`, `${own};${NAME}=`, `${own}; ${own}`]) {
      expect([cookie, await statusOf(cookie)]).toEqual([cookie, 401]);
      expect([cookie, await sessionOf(cookie)]).toEqual([cookie, null]);
    }
  });

  it('is good with our signature over its own token, and with nothing else', async () => {
    const [user, other] = [await api().signUp(), await api().signUp()];
    const { token, signature } = partsOf(user);
    expect(await statusOf(cookieWith(token, signature))).toBe(200);
    const forged = createHmac('sha256', 'another secret').update(token).digest('base64');
    const bad = [
      `${NAME}=${token}`,
      `${NAME}=`,
      cookieWith(token, ''),
      cookieWith(token, forged),
      cookieWith(token, signature.slice(0, -1)),
      cookieWith(token, `${signature}=`),
      cookieWith(token, signature.toLowerCase()),
      cookieWith(token, partsOf(other).signature),
      cookieWith(partsOf(other).token, signature),
      cookieWith(`${token} `, signature),
      cookieWith('', signature),
      `${cookieWith(token, forged)}; ${cookieWith(token, signature)}`,
    ];
    for (const cookie of bad) expect([cookie, await statusOf(cookie)]).toEqual([cookie, 401]);
  });

  it('is prolonged once a day, and ends with its time', async () => {
    const user = await api().signUp();
    expect((await me(user.cookie)).headers.getSetCookie()).toEqual([]);
    await setEnd(user, 5 * DAY_MS);
    const prolonged = await me(user.cookie);
    expect([prolonged.status, cookieOf(prolonged)]).toEqual([200, expect.stringContaining(NAME)]);
    expect(await readEnd(user)).toBeGreaterThan(6.9 * DAY_MS);
    expect((await me(user.cookie)).headers.getSetCookie()).toEqual([]);
    await setEnd(user, -1_000);
    expect(await statusOf(user.cookie)).toBe(401);
  });

  it('is never prolonged for somebody who does not want to be remembered', async () => {
    const user = await api().signUp();
    const body = { email: user.email, password: PASSWORD, rememberMe: false };
    const cookie = cookieOf(await api().ask('POST', '/api/auth/sign-in/email', { body }));
    await setEnd(user, DAY_MS / 2);
    const asked = await me(cookie);
    expect([asked.status, asked.headers.getSetCookie()]).toEqual([200, []]);
    expect(await readEnd(user)).toBeLessThan(DAY_MS);
    // A mark that is not signed by us is none.
    const marked = `${user.cookie}; podex.dont_remember=true.${'A'.repeat(43)}=`;
    expect((await me(marked)).headers.getSetCookie()).not.toEqual([]);
  });

  it('is good for nothing once its user is suspended or the session is deleted', async () => {
    const [user, gone] = [await api().signUp(), await api().signUp()];
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('user')
      .set({ suspended_at: new Date() })
      .where('id', '=', userId.parse(user.id))
      .execute();
    expect(await statusOf(user.cookie)).toBe(401);
    await database.db.deleteFrom('session').where('user_id', '=', userId.parse(gone.id)).execute();
    expect(await statusOf(gone.cookie)).toBe(401);
  });
});
