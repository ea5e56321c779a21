import { newId } from '@podex/contracts/ids';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../../testing/bus/redis-server.ts';
import { ENDED_WITHIN_MS, expectAllEnded, Scene } from '../../testing/connections-scene.ts';
import { eventually } from '../../testing/eventually.ts';
import { type Opened, openSocket } from '../../testing/open-connections.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';

const postgres = setUpPostgres();
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const withCookie = (cookie: string) => ({ cookie, origin: PAGE_ORIGIN });

const setScene = async (redisUrl?: string) => Scene.set(await postgres().createDatabase(), redisUrl);

interface Case {
  name: string;
  via: 'token' | 'session' | 'child token';
  revoke(
    scene: Scene,
    user: TestUser,
    ids: { token: string; parent: string; cookie: string },
  ): Promise<unknown>;
}

const signIn = async (scene: Scene, user: TestUser, password = PASSWORD) => {
  const body = { email: user.email, password };
  return cookieOf(
    await scene.first.ask('POST', '/api/auth/sign-in/email', { body, headers: { origin: PAGE_ORIGIN } }),
  );
};
const auth = (scene: Scene, path: string, cookie: string, body: object = {}) =>
  scene.first.ask('POST', `/api/auth/${path}`, { headers: withCookie(cookie), body });

const asAdmin = async ({ first }: Scene, method: string, path: string, body?: object) => {
  const answer = await first.ask(method, `/api/admin/users/${path}`, { as: await first.signInAdmin(), body });
  expect([200, 204]).toContain(answer.status);
};

const CASES: readonly Case[] = [
  {
    name: 'a revoked token',
    via: 'token',
    revoke: ({ first }, user, { token }) => first.ask('DELETE', `/api/tokens/${token}`, { as: user }),
  },
  {
    name: 'a revoked parent of the token',
    via: 'child token',
    revoke: ({ first }, user, { parent }) => first.ask('DELETE', `/api/tokens/${parent}`, { as: user }),
  },
  {
    name: 'a token whose row was deleted by hand',
    via: 'token',
    revoke: ({ db }, _user, { token }) => db.deleteFrom('token').where('id', '=', token).execute(),
  },
  {
    name: 'a token at the end of its time',
    via: 'token',
    revoke: ({ db }, _user, { token }) =>
      db.updateTable('token').set({ expires_at: new Date() }).where('id', '=', token).execute(),
  },
  {
    name: 'a token of a lesser scope',
    via: 'token',
    revoke: ({ db }, _user, { token }) =>
      db
        .updateTable('token')
        .set({ scopes: ['read'] })
        .where('id', '=', token)
        .execute(),
  },
  {
    name: 'a user of another role',
    via: 'session',
    revoke: ({ db }, user) =>
      db.updateTable('user').set({ role: 'admin' }).where('id', '=', user.id).execute(),
  },
  {
    name: 'a session that signs out',
    via: 'session',
    revoke: (scene, _user, { cookie }) => auth(scene, 'sign-out', cookie),
  },
  {
    name: 'a session that another one revokes',
    via: 'session',
    revoke: async (scene, user) =>
      scene.first.ask('DELETE', '/api/sessions', { headers: withCookie(await signIn(scene, user)) }),
  },
  {
    name: 'a session at the end of its time',
    via: 'session',
    revoke: ({ db }, user) =>
      db.updateTable('session').set({ expires_at: new Date() }).where('user_id', '=', user.id).execute(),
  },
  {
    name: 'a session when the password changes in another one',
    via: 'session',
    revoke: async (scene, user) =>
      auth(scene, 'change-password', await signIn(scene, user), {
        currentPassword: PASSWORD,
        newPassword: 'another-long-password',
        revokeOtherSessions: false,
      }),
  },
  {
    name: 'a token when the password changes and tokens are to go too',
    via: 'token',
    revoke: async (scene, user) =>
      auth(scene, 'change-password', await signIn(scene, user), {
        currentPassword: PASSWORD,
        newPassword: 'another-long-password',
        revoke_tokens: true,
      }),
  },
  ...(['token', 'session'] as const).flatMap((via): Case[] => [
    {
      name: `a ${via} of a user who is suspended`,
      via,
      revoke: (scene, { id }) => asAdmin(scene, 'PATCH', id, { status: 'suspended' }),
    },
    {
      name: `a ${via} of a user who is given another role`,
      via,
      revoke: (scene, { id }) => asAdmin(scene, 'PATCH', id, { role: 'admin' }),
    },
    {
      name: `a ${via} of a user who is deleted`,
      via,
      revoke: (scene, { id }) => asAdmin(scene, 'DELETE', `${id}?workspaces=delete`),
    },
  ]),
  {
    name: 'a session of a user whom an admin signs out',
    via: 'session',
    revoke: (scene, { id }) => asAdmin(scene, 'POST', `${id}/sign_out`, {}),
  },
  {
    name: 'a token of a user whom an admin signs out, tokens too',
    via: 'token',
    revoke: (scene, { id }) => asAdmin(scene, 'POST', `${id}/sign_out`, { tokens: true }),
  },
];

async function credentials(scene: Scene, user: TestUser) {
  const parent = await scene.first.ask('POST', '/api/tokens', {
    headers: withCookie(user.cookie),
    body: { name: 'parent' },
  });
  const child = await scene.first.ask('POST', '/api/tokens', {
    as: { ...user, token: parent.body.secret },
    body: { name: 'child' },
  });
  return { parent: parent.body, child: child.body };
}

async function tryCase(scene: Scene, { via, revoke }: Case): Promise<void> {
  const user = await scene.first.signUp();
  const workspaceId = await scene.workspace(user);
  const { parent, child } = await credentials(scene, user);
  const token = via === 'child token' ? child : parent;
  const headers = via === 'session' ? withCookie(user.cookie) : bearer(token.secret);
  const opened = await scene.open(user, headers, workspaceId);
  const since = performance.now();
  await revoke(scene, user, { token: token.id, parent: parent.id, cookie: user.cookie });
  await expectAllEnded(opened, since);
}

describe('what is open on another replica ends within two seconds with', () => {
  it.each(CASES)('$name', async (one) => {
    await using scene = await setScene();
    await tryCase(scene, one);
  });
});

describe('what is open stays open', () => {
  it('for others, and for the user’s other credentials', async () => {
    await using scene = await setScene();
    const user = await scene.first.signUp();
    const workspaceId = await scene.workspace(user);
    const { parent } = await credentials(scene, user);
    const kept = await scene.open(user, bearer(user.token), workspaceId);
    await scene.first.ask('DELETE', `/api/tokens/${parent.id}`, { as: user });
    const since = performance.now();
    await eventually(() => performance.now() - since).toBeGreaterThan(ENDED_WITHIN_MS);
    expect(kept.filter(({ endedAt }) => endedAt !== undefined)).toEqual([]);
  });
});

describe('who loses a workspace loses what shows it, within two seconds on another replica:', () => {
  const ask = (scene: Scene, as: TestUser, method: string, path: string, body?: object) =>
    scene.first.ask(method, path, { as, ...(body === undefined ? {} : { body }) });

  /** A guest with everything open in a workspace of somebody else. */
  async function letIn(scene: Scene, how: 'share' | 'team') {
    const [owner, guest] = [await scene.first.signUp(), await scene.first.signUp()];
    const workspaceId = await scene.workspace(owner);
    const team = await ask(scene, owner, 'POST', '/api/teams', { name: 'A team' });
    const shares = `/api/workspaces/${workspaceId}/shares`;
    const members = `/api/teams/${team.body.id}/members`;
    if (how === 'share') await ask(scene, owner, 'POST', shares, { email: guest.email, role: 'editor' });
    else {
      await ask(scene, owner, 'POST', `/api/workspaces/${workspaceId}/transfer`, { team_id: team.body.id });
      await ask(scene, owner, 'POST', members, { email: guest.email, role: 'member' });
    }
    const opened = await scene.open(guest, bearer(guest.token), workspaceId);
    const paths = { share: `${shares}/${guest.id}`, member: `${members}/${guest.id}`, team: team.body.id };
    return { owner, guest, workspaceId, opened, paths };
  }

  const isOfWorkspace = ({ name }: Opened) => name !== 'live socket' && name !== 'long wait';

  type Guest = Awaited<ReturnType<typeof letIn>>;
  const LOSSES: readonly [string, 'share' | 'team', (scene: Scene, guest: Guest) => Promise<unknown>][] = [
    ['no longer shared', 'share', (scene, { owner, paths }) => ask(scene, owner, 'DELETE', paths.share)],
    [
      'given up',
      'share',
      (scene, { guest, workspaceId }) => ask(scene, guest, 'POST', `/api/workspaces/${workspaceId}/leave`),
    ],
    ['removed from the team', 'team', (scene, { owner, paths }) => ask(scene, owner, 'DELETE', paths.member)],
    [
      'left the team',
      'team',
      (scene, { guest, paths }) => ask(scene, guest, 'POST', `/api/teams/${paths.team}/leave`),
    ],
    [
      'moved out of the team',
      'team',
      (scene, { owner, workspaceId }) =>
        ask(scene, owner, 'POST', `/api/workspaces/${workspaceId}/transfer`, { team_id: null }),
    ],
  ];

  it.each(LOSSES)('%s', async (_title, how, lose) => {
    await using scene = await setScene();
    const guest = await letIn(scene, how);
    const since = performance.now();
    await lose(scene, guest);
    await expectAllEnded(guest.opened.filter(isOfWorkspace), since);
    expect(guest.opened.filter((one) => !isOfWorkspace(one) && one.endedAt !== undefined)).toEqual([]);
  });

  it('who may only look from now on loses what writes, and comes back to watch', async () => {
    await using scene = await setScene();
    const { owner, guest, opened, paths, workspaceId } = await letIn(scene, 'share');
    const since = performance.now();
    await ask(scene, owner, 'PATCH', paths.share, { role: 'viewer' });
    const writes = opened.filter(({ name }) => ['terminal', 'SSH connection', 'upload'].includes(name));
    await eventually(() =>
      writes.filter(({ endedAt }) => endedAt === undefined).map(({ name }) => name),
    ).toEqual([]);
    expect(writes.filter(({ endedAt = 0 }) => endedAt - since > ENDED_WITHIN_MS)).toEqual([]);
    expect(opened.filter((one) => !writes.includes(one) && one.endedAt !== undefined)).toEqual([]);
    const path = `/api/workspaces/${workspaceId}/terminals/${newId('terminal')}/attach`;
    const again = await openSocket('terminal', scene.second, path, bearer(guest.token));
    const capability = scene.compute.upgrades.at(-1)?.headers.authorization ?? '';
    expect(decodeJwt(capability.replace('Bearer ', '')).access).toBe('read');
    again.cut();
  });
});

it('a deleted workspace ends what shows it, and leaves the live socket', async () => {
  await using scene = await setScene();
  const user = await scene.first.signUp();
  const workspaceId = await scene.workspace(user);
  const opened = await scene.open(user, bearer(user.token), workspaceId);
  const since = performance.now();
  await scene.first.ask('DELETE', `/api/workspaces/${workspaceId}`, { as: user });
  const others = ['live socket', 'long wait'];
  await expectAllEnded(
    opened.filter(({ name }) => !others.includes(name)),
    since,
  );
  const rest = opened.filter(({ name }) => others.includes(name));
  expect(rest.filter(({ endedAt }) => endedAt !== undefined)).toEqual([]);
});

describe('over Redis', () => {
  const servers: RedisServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it.each([CASES[0], CASES[6]].flatMap((one) => one ?? []))('the same holds for $name', async (one) => {
    const redis = await startRedisServer();
    servers.push(redis);
    await using scene = await setScene(redis.url);
    await tryCase(scene, one);
  });

  it.each([CASES[0], CASES[6]].flatMap((one) => one ?? []))(
    'and when Redis was killed, for $name',
    async (one) => {
      const redis = await startRedisServer();
      servers.push(redis);
      await using scene = await setScene(redis.url);
      await tryCase(scene, {
        ...one,
        async revoke(...args) {
          await redis.stop();
          await one.revoke(...args);
        },
      });
    },
  );
});
