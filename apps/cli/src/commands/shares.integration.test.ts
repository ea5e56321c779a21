import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex shares', () => {
  const api = setUpApi();
  let owner: TestUser;
  let ada: TestUser;
  let id: string;
  beforeAll(async () => {
    owner = await api().signUp();
    ada = await api().signUp('ada@example.com');
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'shop' } });
    id = made.body.id;
  });

  const run = podexOf(api);
  const podexAs = (user: TestUser, ...words: string[]) => run(user, 'shares', ...words);
  const relationOfAda = async () =>
    (await api().ask('GET', `/api/workspaces/${id}`, { as: ada })).body.relation;

  it('shares a workspace, changes the role and stops sharing', async () => {
    expect((await podexAs(owner, 'list', id)).stdout).toBe('not shared with anyone');
    const added = await podexAs(owner, 'add', id, 'Ada@Example.com');
    expect([added.stderr, added.stdout]).toEqual(['', 'ada@example.com  viewer  A user']);
    expect(await relationOfAda()).toBe('viewer');
    expect((await podexAs(owner, 'role', id, 'ada@example.com', 'editor')).exitCode).toBe(0);
    expect(JSON.parse((await podexAs(owner, 'list', id, '--json')).stdout)).toEqual([
      expect.objectContaining({ user_id: ada.id, role: 'editor' }),
    ]);
    expect((await podexAs(owner, 'remove', id, 'ada@example.com')).exitCode).toBe(0);
    expect(await relationOfAda()).toBeUndefined();
  });

  it('lets whom it was shared with leave it, and share it with nobody', async () => {
    await podexAs(owner, 'add', id, 'ada@example.com', '--role', 'editor');
    const refused = await podexAs(ada, 'add', id, owner.email);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('this needs owner')]);
    expect((await podexAs(ada, 'leave', id)).exitCode).toBe(0);
    expect(await relationOfAda()).toBeUndefined();
  });

  it('says what is wrong with what was typed', async () => {
    const noId = await podexAs(owner, 'list', 'shop');
    expect([noId.exitCode, noId.stderr]).toEqual([2, expect.stringContaining('the id that stands')]);
    const noRole = await podexAs(owner, 'add', id, 'ada@example.com', '--role', 'owner');
    expect([noRole.exitCode, noRole.stderr]).toEqual([
      2,
      expect.stringContaining('ada@example.com as owner'),
    ]);
    const nobody = await podexAs(owner, 'remove', id, 'ada@example.com');
    expect([nobody.exitCode, nobody.stderr]).toEqual([2, expect.stringContaining('It is not shared with')]);
  });
});
