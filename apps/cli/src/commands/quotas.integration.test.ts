import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex quotas', () => {
  const api = setUpApi();
  let admin: TestUser;
  let ada: TestUser;
  beforeAll(async () => {
    admin = await api().signInAdmin();
    ada = await api().signUp('ada@example.com');
    await api().ask('POST', '/api/teams', { as: ada, body: { name: 'crew' } });
  });

  const run = podexOf(api);
  const podexAs = (user: TestUser, ...words: string[]) => run(user, 'quotas', ...words);

  it('shows what a person and their teams use and may use', async () => {
    const shown = await podexAs(ada, 'show');
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/^user A user {2}usr_/);
    expect(shown.stdout).toMatch(/\nteam crew {2}team_/);
    expect(shown.stdout).toMatch(/\nteams +1 +of 20/);
    expect(shown.stdout).toMatch(/\nspend_usd_today +\$0\.00 +no limit/);
  });

  it('lets an admin allow one person or team more or less, and nobody else', async () => {
    const set = await podexAs(admin, 'set', 'spend_usd_today', '2.5', '--user', 'ada@example.com');
    expect(set.stdout).toMatch(/spend_usd_today +\$0\.00 +of \$2\.50 +set for this one/);
    const ofTeam = await podexAs(admin, 'set', 'cpu', '4', '--team', 'crew', '--json');
    expect(JSON.parse(ofTeam.stdout)[0].quotas).toContainEqual(
      expect.objectContaining({ quota: 'cpu', max: 4, is_own: true }),
    );
    const reset = await podexAs(admin, 'set', 'spend_usd_today', 'default', '--user', 'ada@example.com');
    expect(reset.stdout).toMatch(/spend_usd_today +\$0\.00 +no limit/);
    expect((await podexAs(ada, 'set', 'cpu', '400', '--team', 'crew')).exitCode).toBe(1);
  });

  it.each([
    [['set', 'cpus', '1', '--user', 'a'], 'there is no quota cpus'],
    [['set', 'cpu', 'many', '--user', 'a'], 'cpu cannot be many'],
    [['set', 'cpu', '1'], 'say whose quota it is'],
    [['show', '--user', 'a', '--team', 'b'], 'do not go together'],
    [['show', '--team', 'nobodys'], 'there is no team nobodys'],
  ])('says what is wrong with %j', async (words, message) => {
    const answer = await podexAs(admin, ...words);
    expect(answer.exitCode).not.toBe(0);
    expect(answer.stderr).toContain(message);
  });
});
