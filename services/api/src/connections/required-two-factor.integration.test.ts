import { expect, it } from 'vitest';
import { ENDED_WITHIN_MS, expectAllEnded, Scene } from '../../testing/connections-scene.ts';
import { eventually } from '../../testing/eventually.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';

const postgres = setUpPostgres();

const headersOf = (user: TestUser, via: 'session' | 'token') =>
  via === 'session'
    ? { cookie: user.cookie, origin: PAGE_ORIGIN }
    : { authorization: `Bearer ${user.token}` };

async function openAsUser(scene: Scene, via: 'session' | 'token') {
  const user = await scene.first.signUp();
  const workspaceId = await scene.workspace(user);
  const opened = await scene.open(user, headersOf(user, via), workspaceId);
  return { user, opened };
}

const hasSecondFactor = (scene: Scene, user: TestUser, isOn: boolean) =>
  scene.db.updateTable('user').set({ two_factor_enabled: isOn }).where('id', '=', user.id).execute();

/** By hand, so that no message of the bus tells. */
const requireOfEveryone = (scene: Scene) =>
  scene.db
    .insertInto('platform_setting')
    .values({ key: 'require_two_factor', value: JSON.stringify('everyone') })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: JSON.stringify('everyone') }))
    .execute();

it.each(['session', 'token'] as const)(
  'what is open with a %s on another replica ends within two seconds once a second factor is required',
  async (via) => {
    await using scene = await Scene.set(await postgres().createDatabase());
    const { opened } = await openAsUser(scene, via);
    const since = performance.now();
    await scene.first.changeSettings({ require_two_factor: 'everyone' });
    await expectAllEnded(opened, since);
    const stream = opened.find(({ name }) => name === 'event stream');
    expect(stream?.text).toContain('"reason":"two_factor_required"');
  },
);

it('and when no message of the bus told of the setting', async () => {
  await using scene = await Scene.set(await postgres().createDatabase());
  const { opened } = await openAsUser(scene, 'token');
  const since = performance.now();
  await requireOfEveryone(scene);
  await expectAllEnded(opened, since);
});

it('and when their owner turns the second factor off where it is required', async () => {
  await using scene = await Scene.set(await postgres().createDatabase());
  const { user, opened } = await openAsUser(scene, 'token');
  await hasSecondFactor(scene, user, true);
  await scene.first.changeSettings({ require_two_factor: 'everyone' });
  const since = performance.now();
  await hasSecondFactor(scene, user, false);
  await expectAllEnded(opened, since);
});

it('what people with a second factor have open stays, and what nobody asks one of', async () => {
  await using scene = await Scene.set(await postgres().createDatabase());
  const { user, opened } = await openAsUser(scene, 'token');
  const expectAllOpen = async () => {
    const since = performance.now();
    await eventually(() => performance.now() - since).toBeGreaterThan(ENDED_WITHIN_MS);
    expect(opened.filter(({ endedAt }) => endedAt !== undefined)).toEqual([]);
  };
  await scene.first.changeSettings({ require_two_factor: 'admins' });
  await expectAllOpen();
  await hasSecondFactor(scene, user, true);
  await requireOfEveryone(scene);
  await expectAllOpen();
});
