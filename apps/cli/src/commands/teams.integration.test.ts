import { describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex teams set', () => {
  const api = setUpApi();
  const run = podexOf(api);

  it('renames a team and says which labels its servers must have', async () => {
    const owner = await api().signUp();
    await api().ask('POST', '/api/teams', { as: owner, body: { name: 'Shop' } });
    const podex = (...words: string[]) => run(owner, 'teams', 'set', 'Shop', ...words);
    const labelled = await podex('--label', 'disk=nvme', '--label', 'zone=a', '--json');
    expect(JSON.parse(labelled.stdout)).toMatchObject({ labels: { disk: 'nvme', zone: 'a' } });
    const renamed = await podex('--name', 'Store', '--label', '');
    expect([renamed.exitCode, renamed.stdout]).toEqual([
      0,
      expect.stringMatching(/ {2}Store .* 0 workspaces$/),
    ]);
    const nothing = await run(owner, 'teams', 'set', 'Store');
    expect([nothing.exitCode, nothing.stderr]).toEqual([2, expect.stringContaining('nothing to change')]);
  });
});
