import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex and the rules for agents', () => {
  const api = setUpApi(() => ({}));
  const podexAs = podexOf(api);
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
    await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'shop' } });
  });

  it('adds, lists and removes them, of one workspace and of all', async () => {
    expect((await podexAs(user, 'rules', 'list')).stdout).toBe('no rules');
    const npmTest = ['rules', 'add', 'allow', 'run_command', '--command', 'npm test'];
    const added = await podexAs(user, ...npmTest, '--workspace', 'shop');
    expect([added.stderr, added.stdout]).toEqual([
      '',
      expect.stringMatching(/^rul_\w+ {2}allow {2}run_command {2}npm test$/),
    ]);
    expect((await podexAs(user, 'rules', 'list')).stdout).toBe('no rules');
    expect((await podexAs(user, 'rules', 'list', '--workspace', 'shop')).stdout).toBe(added.stdout);
    const own = await podexAs(user, 'rules', 'add', 'deny', 'write_file', '--path', '**/.env', '--json');
    const { id } = JSON.parse(own.stdout);
    expect((await podexAs(user, 'rules', 'list')).stdout).toBe(`${id}  deny   write_file  **/.env`);
    expect((await podexAs(user, 'rules', 'remove', id)).stdout).toBe(`${id} is removed`);
    expect((await podexAs(user, 'rules', 'remove', id)).exitCode).not.toBe(0);
  });

  it('says what is wrong with one that is none', async () => {
    const both = ['rules', 'add', 'allow', 'run_command', '--command', 'ls', '--path', 'a'];
    expect((await podexAs(user, ...both)).exitCode).toBe(2);
    expect((await podexAs(user, 'rules', 'add', 'maybe', 'run_command')).exitCode).toBe(2);
    expect((await podexAs(user, 'rules', 'list', '--conversation', 'x')).exitCode).toBe(2);
  });
});
