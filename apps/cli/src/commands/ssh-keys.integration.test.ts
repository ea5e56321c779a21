import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex and the SSH keys of an account', () => {
  const api = setUpApi(() => ({}));
  const podexAs = podexOf(api);
  let user: TestUser;
  let file: string;
  beforeAll(async () => {
    user = await api().signUp();
    file = path.join(temporaryFolder('ssh-key'), 'id_ed25519');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'me@laptop', '-f', file]);
  });

  it('add, list and remove them', async () => {
    expect((await podexAs(user, 'ssh-keys', 'list')).stdout).toBe('no SSH keys');
    const added = await podexAs(user, 'ssh-keys', 'add', `${file}.pub`);
    expect([added.stderr, added.stdout]).toEqual(['', expect.stringMatching(/^me@laptop is added: SHA256:/)]);
    const [key] = JSON.parse((await podexAs(user, 'ssh-keys', 'list', '--json')).stdout);
    expect((await podexAs(user, 'ssh-keys', 'list')).stdout).toMatch(/ssh-ed25519 {2}never used$/);
    expect(readFileSync(`${file}.pub`, 'utf8')).toBe(`${key.public_key} me@laptop\n`);
    const again = await podexAs(user, 'ssh-keys', 'add', `${file}.pub`);
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      expect.stringContaining('has this key already: me@laptop'),
    ]);
    expect((await podexAs(user, 'ssh-keys', 'remove', key.fingerprint)).stdout).toBe('me@laptop is removed');
    const gone = await podexAs(user, 'ssh-keys', 'remove', key.fingerprint);
    expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringContaining('has no SSH key SHA256:')]);
  });

  it('send no private key', async () => {
    const refused = await podexAs(user, 'ssh-keys', 'add', file);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('ends with .pub')]);
    const nothing = path.join(path.dirname(file), 'nothing.pub');
    expect((await podexAs(user, 'ssh-keys', 'add', nothing)).exitCode).toBe(2);
  });

  it('print one configuration for all workspaces, of one name too, and add this computer’s key once', async () => {
    for (const name of ['shop', 'Shop', 'My Café']) {
      await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name } });
    }
    const first = await podexAs(user, 'ssh-config', '--all');
    expect(first.stderr).toContain('Added the key of this computer');
    const second = await podexAs(user, 'ssh-config', '--all');
    expect([second.stderr, second.stdout]).toEqual(['', first.stdout]);
    expect(first.stdout.match(/^Host .*$/gm)).toEqual([
      expect.stringMatching(/^Host my-cafe\.podex ws_[0-9a-z]+\.podex$/),
      expect.stringMatching(/^Host shop-[0-9a-z]{6}\.podex ws_[0-9a-z]+\.podex$/),
      expect.stringMatching(/^Host shop-[0-9a-z]{6}\.podex ws_[0-9a-z]+\.podex$/),
    ]);
    const config = path.join(path.dirname(file), 'config');
    writeFileSync(config, first.stdout);
    const understood = execFileSync('ssh', ['-GF', config, 'my-cafe.podex'], { encoding: 'utf8' });
    expect(understood).toMatch(/^user dev$/m);
    expect(understood).toMatch(/^hostname ws_/m);
    expect(understood).toMatch(/^proxycommand .*main\.ts ssh-proxy ws_[0-9a-z]+$/m);
    const neither = await podexAs(user, 'ssh-config');
    expect([neither.exitCode, neither.stderr]).toEqual([2, expect.stringContaining('Name one workspace')]);
  });

  it('say why there is no connection', async () => {
    const { stderr, exitCode } = await podexAs(user, 'ssh-proxy', 'Shop');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Start it first')]);
  });
});
