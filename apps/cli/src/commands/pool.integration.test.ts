import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../../services/api/testing/compute-worker.ts';
import { TestPoolKeeper } from '../../../../services/api/testing/pool-keeper.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex pool', () => {
  const api = setUpApi();
  let admin: TestUser;

  beforeAll(async () => {
    admin = await api().signInAdmin();
  });

  const run = podexOf(api);
  const podexAs = (user: TestUser, ...words: string[]) => run(user, 'pool', ...words);

  it('says that nobody keeps it while no compute does', async () => {
    const shown = await podexAs(admin, 'show');
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/^0 of 0 slots ready.*\n.*size small\nNo compute service keeps the pool/);
  });

  it('shows what is ready and where, and is made larger and smaller', async () => {
    const server = await ComputeWorker.registerServer(api());
    const keeper = new TestPoolKeeper(api());
    await keeper.keep({ slots: 1 });
    await keeper.fill(server, 1);
    expect((await podexAs(admin, 'show')).stdout).toMatch(
      /^1 of 1 slot ready.*\n.*\nlocal-\w+ {2}1 ready, 0 filling/,
    );
    expect((await podexAs(admin, 'set', '3')).stdout).toMatch(/^1 of 3 slots ready[\s\S]*Fewer than wanted/);
    expect((await keeper.keep({ slots: 1 })).wanted).toBe(3);
    const json = JSON.parse((await podexAs(admin, 'set', 'default', '--json')).stdout);
    expect(json).toMatchObject({ wanted: 1, ready: 1, is_kept: true });
  });

  it('tells why the last slot could not be filled', async () => {
    const server = await ComputeWorker.registerServer(api());
    const keeper = new TestPoolKeeper(api());
    await expect.poll(async () => (await keeper.keep()).lease_token, { timeout: 15_000 }).not.toBeNull();
    const { key } = await keeper.add(server);
    await keeper.observe(key, 'removing', 'The disk is full. Free some space.');
    expect((await podexAs(admin, 'show')).stdout).toMatch(
      /\nLast failure, .*: The disk is full\. Free some space\.$/,
    );
  });

  it('follows a schedule, which is audited', async () => {
    const always = 'daily 00:00-24:00 Asia/Kolkata 4';
    const never = 'mon 00:00-00:01 UTC 9';
    const set = await podexAs(admin, 'set', '2', '--schedule', always, '--schedule', never);
    expect(set.stderr).toBe('');
    expect(set.stdout).toMatch(/of 4 slots ready/);
    expect(set.stdout).toContain(`schedule: ${always}  (now)\nschedule: ${never}`);
    // A minute each Monday is taken by the first line.
    expect(set.stdout).not.toContain('next change');
    const monday = await podexAs(admin, 'set', '--schedule', never);
    expect(monday.stdout).toMatch(
      /\nnext change: 9 slots from \d{4}-\d\d-\d\dT00:00:00\.000Z \(mon 00:00-00:01 UTC 9\)/,
    );
    await podexAs(admin, 'set', '--schedule', always, '--schedule', never);
    expect((await new TestPoolKeeper(api()).keep({ slots: 1 })).wanted).toBe(4);
    const entries = await api().ask('GET', '/api/admin/audit?action=setting.changed', { as: admin });
    expect(JSON.stringify(entries.body)).toContain(always);
    const wrong = await podexAs(admin, 'set', '--schedule', 'mon 08:00-18:00 Europe/Atlantis 5');
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('Europe/Atlantis')]);
    const nothing = await podexAs(admin, 'set');
    expect([nothing.exitCode, nothing.stderr]).toEqual([
      2,
      expect.stringContaining('give a number of slots'),
    ]);
    const json = JSON.parse((await podexAs(admin, 'set', '--schedule', 'none', '--json')).stdout);
    expect(json).toMatchObject({ wanted: 2, schedule: [], scheduled_by: null });
  });

  it.each([
    ['many', 'warm_pool_size cannot be many'],
    ['-1', 'warm_pool_size cannot be -1'],
    ['1001', 'warm_pool_size cannot be 1001'],
  ])('refuses %s', async (slots, message) => {
    const answer = await podexAs(admin, 'set', slots);
    expect(answer.exitCode).not.toBe(0);
    expect(answer.stderr).toContain(message);
  });

  it('is for admins alone', async () => {
    const answer = await podexAs(await api().signUp(), 'show');
    expect(answer.exitCode).toBe(1);
    expect(answer.stdout).toBe('');
  });
});
