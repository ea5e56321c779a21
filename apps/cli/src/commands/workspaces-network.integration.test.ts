import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../../services/api/testing/compute-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex workspaces network', () => {
  const api = setUpApi();
  let owner: TestUser;
  let worker: ComputeWorker;
  beforeAll(async () => {
    owner = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    worker.run();
  });
  afterAll(() => worker?.stop());

  const run = podexOf(api);
  const podex = (...words: string[]) => run(owner, 'workspaces', ...words);

  it('says what a workspace may reach, and changes it', async () => {
    await podex('create', 'shop', '--wait');
    expect((await podex('network', 'shop')).stdout).toBe('open: the internet, no private networks');
    const listed = await podex('network', 'shop', 'allow-list', '--allow', 'a.example:443', '192.0.2.0/24');
    expect([listed.exitCode, listed.stdout]).toEqual([
      0,
      'allow-list: only this\n  a.example:443\n  192.0.2.0/24',
    ]);
    expect((await podex('show', 'shop')).stdout).toMatch(/^network +allow-list$/m);
    expect(JSON.parse((await podex('network', 'shop', 'deny-all', '--json')).stdout)).toEqual({
      mode: 'deny_all',
      allow: [],
      in_force: true,
    });
  });

  it('is there from the first moment with create', async () => {
    const made = await podex('create', 'closed', '--network', 'deny-all', '--wait');
    expect(made.stdout).toMatch(/^network +deny-all$/m);
    expect(worker.tasks.at(-1)?.network.mode).toBe('deny_all');
  });

  it.each([
    [['shut'], 'shut'],
    [['allow-list', '--allow', '*.example.com'], '*.example.com: must be a host name'],
    [['deny-all', '--allow', 'a.example'], 'must be empty unless the mode is allow_list'],
    [['--allow', 'a.example'], '--allow needs a mode'],
  ])('refuses %j', async (words, reason) => {
    const refused = await podex('network', 'shop', ...words);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});
