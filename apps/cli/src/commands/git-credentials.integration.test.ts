import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

const TOKEN = 'ghp_planted-5f2c';

describe('podex and what git signs in with', () => {
  const api = setUpApi(() => ({ variables: { SECRETS_KEY: randomBytes(32).toString('hex') } }));
  const podexAs = podexOf(api);
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
  });

  it('adds a token from standard input, lists hosts alone, removes', async () => {
    expect((await podexAs(user, 'git-credentials', 'list')).stdout).toBe('no git credentials');
    const words = ['git-credentials', 'add', 'GitHub.com', '--username', 'octo'];
    const added = await podexAs.with(`${TOKEN}\n`)(user, ...words);
    expect([added.stderr, added.stdout]).toEqual(['', 'git in your workspaces can sign in to github.com']);
    const listed = await podexAs(user, 'git-credentials', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toEqual([
      { host: 'github.com', via: 'token', updated_at: expect.any(String) },
    ]);
    const table = await podexAs(user, 'git-credentials', 'list');
    expect(table.stdout).toMatch(/^github\.com {2}token {3}set /);
    for (const { stdout, stderr } of [added, listed, table]) expect(stdout + stderr).not.toContain(TOKEN);
    const removed = await podexAs(user, 'git-credentials', 'remove', 'github.com');
    expect(removed.stdout).toBe('github.com is removed');
    const gone = await podexAs(user, 'git-credentials', 'remove', 'github.com');
    expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringContaining('no git credential for')]);
  });

  it('refuses what is no host or no token, and has help', async () => {
    const noHost = await podexAs(user, 'git-credentials', 'add', 'https://github.com/x');
    expect([noHost.exitCode, noHost.stderr]).toEqual([2, expect.stringContaining('is no host')]);
    const noToken = await podexAs(user, 'git-credentials', 'add', 'github.com');
    expect([noToken.exitCode, noToken.stderr]).toEqual([2, expect.stringContaining('no token')]);
    const noName = await podexAs.with(`${TOKEN}\n`)(user, 'git-credentials', 'add', 'a.b', '--username', '');
    expect([noName.exitCode, noName.stderr]).toEqual([2, expect.stringContaining('no user name')]);
    for (const command of ['git-credentials', 'git-ssh-keys'])
      expect((await podexAs(user, command, '--help')).stdout).toMatch(/list[\s\S]*add[\s\S]*remove/);
  });

  it('does not repeat a token that was typed as a word too many', async () => {
    const typed = await podexAs(user, 'git-credentials', 'add', 'github.com', TOKEN);
    expect([typed.exitCode, typed.stdout]).toEqual([2, '']);
    expect(typed.stderr).toContain('too many arguments');
    expect(typed.stderr).not.toContain(TOKEN);
  });

  it('makes, lists and removes keys for SSH, whose private half it never has', async () => {
    const made = await podexAs(user, 'git-ssh-keys', 'add', 'github.com', '--repository', 'octo/shop');
    expect([made.stderr, made.stdout]).toEqual(['', expect.stringMatching(/^ssh-ed25519 \S+$/)]);
    const listed = await podexAs(user, 'git-ssh-keys', 'list', '--json');
    const [key] = JSON.parse(listed.stdout);
    expect(key).toMatchObject({ host: 'github.com', repository: 'octo/shop', public_key: made.stdout });
    expect(listed.stdout).not.toMatch(/private/i);
    expect((await podexAs(user, 'git-ssh-keys', 'list')).stdout).toContain('host key not seen yet');
    const early = await podexAs(user, 'git-ssh-keys', 'accept-host', key.id, 'SHA256:x');
    expect([early.exitCode, early.stderr]).toEqual([1, expect.stringContaining('did not show a key')]);
    const removed = await podexAs(user, 'git-ssh-keys', 'remove', key.fingerprint);
    expect(removed.stdout).toBe('the key for octo/shop at github.com is removed');
    expect((await podexAs(user, 'git-ssh-keys', 'list')).stdout).toBe('no git SSH keys');
  });
});
