import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { share as userShare } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { sshHostKey, sshKey } from '@podex/contracts/ssh';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../stack/free-port.ts';
import type { Person } from '../stack/person.ts';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  runToEnd,
} from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MAIN = path.join(REPOSITORY, 'apps/cli/src/main.ts');
const SLOW = { timeout: 120_000 };

/** A person at a computer of their own: the `podex` command and OpenSSH’s programs, with one configuration. */
class Computer {
  readonly folder = temporaryFolder('ssh');
  readonly #environment: Record<string, string>;

  constructor({ apiUrl, token }: { apiUrl: string; token: string }) {
    this.#environment = {
      PATH: process.env.PATH ?? '',
      HOME: this.folder,
      XDG_CONFIG_HOME: this.folder,
      PODEX_HOME: this.folder,
      PODEX_URL: apiUrl,
      PODEX_TOKEN: token,
    };
  }

  get config(): string {
    return path.join(this.folder, 'ssh_config');
  }

  get knownHosts(): string {
    return path.join(this.folder, 'podex/ssh/known_hosts');
  }

  get identity(): string {
    return path.join(this.folder, 'podex/ssh/id_ed25519');
  }

  /** Never rejects. */
  run(
    file: string,
    words: readonly string[],
    options: { input?: string; env?: Record<string, string> } = {},
  ) {
    return execa(file, words, {
      reject: false,
      extendEnv: false,
      input: options.input ?? '',
      env: { ...this.#environment, ...options.env },
    });
  }

  podex(...words: string[]) {
    return this.run(process.execPath, [MAIN, ...words]);
  }

  ssh(...words: string[]) {
    return this.run('ssh', ['-F', this.config, ...words]);
  }

  async configure(): Promise<string> {
    const { stdout, stderr } = await this.podex('ssh-config', '--all');
    writeFileSync(this.config, stdout);
    return stderr;
  }
}

let stack: Stack;
let ada: Person;
let id: string;
let computer: Computer;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  ada = await stack.signUp();
  id = await createRunningWorkspace(ada, 'Shop Front');
  computer = new Computer({ apiUrl: stack.apiUrl, token: ada.token });
}, 240_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(ada, id);
  await stack?.stop();
}, 240_000);

describe('SSH to a workspace', SLOW, () => {
  it('works with podex ssh alone, with the groups, variables and terminals that others have', async () => {
    await ada.client.PUT('/api/workspaces/{workspace_id}/secrets/{secret_name}', {
      params: { path: { workspace_id: id, secret_name: 'A_KEY' } },
      body: { value: 'line one\nit’s line "two"' },
    });
    const { stdout, stderr, exitCode } = await computer.podex(
      'ssh',
      id,
      '--',
      'id -un; pwd; echo "$A_KEY"; exit 7',
    );
    expect(stdout).toBe('dev\n/home/dev\nline one\nit’s line "two"');
    expect(stderr).toContain('Added the key of this computer to your account');
    expect(exitCode).toBe(7);
    const lastUse = async () => {
      const { data } = await ada.client.GET('/api/me/ssh_keys');
      return pageOf(sshKey).parse(data).items[0]?.last_used_at;
    };
    await expect.poll(lastUse, { timeout: 20_000 }).toEqual(expect.any(String));
    const { stdout: onTerminal } = await computer.podex('ssh', id, '--', '-tt', 'tty; id -nu');
    expect(onTerminal).toMatch(/\/dev\/pts\/\d+\r?\ndev\r?$/m);
  });

  it('works with plain ssh by what podex ssh-config prints', async () => {
    expect(await computer.configure()).toBe('');
    const line = 'echo "$SHELL" "$PODEX_WORKSPACE_NAME"; echo "$PATH"';
    const { stdout, stderr } = await computer.ssh('shop-front.podex', line);
    expect([stderr, stdout]).toEqual([
      '',
      expect.stringMatching(/^\/bin\/bash Shop Front\n\/home\/dev\/\.local\/bin:/),
    ]);
    expect(stdout.split('\n')[1]).toBe((await runToEnd(ada, id, 'echo "$PATH"')).output.trim());
  });

  it('copies with scp, sftp and rsync, 100 MB to the last byte', async () => {
    const file = path.join(computer.folder, 'large');
    writeFileSync(file, randomBytes(100_000_000));
    const sumOf = (name: string) => createHash('sha256').update(readFileSync(name)).digest('hex');
    const sum = sumOf(file);
    const sumInside = async (name: string) =>
      (await runToEnd(ada, id, `sha256sum ${name} | cut -d ' ' -f 1`)).output.trim();
    const host = 'shop-front.podex';
    expect((await computer.run('scp', ['-qF', computer.config, file, `${host}:by-scp`])).exitCode).toBe(0);
    expect(await sumInside('by-scp')).toBe(sum);
    const back = path.join(computer.folder, 'back');
    const got = await computer.run('sftp', ['-qF', computer.config, '-b', '-', host], {
      input: `get by-scp ${back}\n`,
    });
    expect([got.exitCode, got.stderr]).toEqual([0, '']);
    expect(sumOf(back)).toBe(sum);
    const shell = `ssh -F ${computer.config}`;
    expect((await computer.run('rsync', ['-e', shell, computer.config, `${host}:by-rsync`])).stderr).toBe('');
    expect(await sumInside('by-rsync')).toBe(sumOf(computer.config));
    await runToEnd(ada, id, 'rm by-scp by-rsync');
  });

  it('forwards ports and the agent, and leads to no socket of the daemon', async () => {
    const host = 'shop-front.podex';
    await beginCommand(ada, id, 'python3 -m http.server --bind 127.0.0.1 8123');
    const [toPort, toDaemon] = [await freePort(), await freePort()];
    const open = computer.ssh(
      ...['-N', '-o', 'ExitOnForwardFailure=yes', '-L', `${toPort}:127.0.0.1:8123`],
      ...['-L', `${toDaemon}:/run/podex/daemon.sock`, host],
    );
    const ask = (port: number) =>
      fetch(`http://127.0.0.1:${port}/`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(() => ask(toPort), SLOW).toBe(200);
    expect(await ask(toDaemon)).toBe(0);
    open.kill();
    expect((await open).stderr).toContain('open failed');

    const socket = path.join(computer.folder, 'agent');
    const agent = computer.run('ssh-agent', ['-D', '-a', socket]);
    const env = { SSH_AUTH_SOCK: socket };
    const add = () => computer.run('ssh-add', ['-q', computer.identity], { env });
    await expect.poll(async () => (await add()).exitCode, SLOW).toBe(0);
    const seen = await computer.run('ssh', ['-AF', computer.config, host, 'ssh-add -L'], { env });
    expect(seen.stdout).toMatch(/^ssh-ed25519 /);
    const unasked = await computer.run('ssh', ['-F', computer.config, host, 'ssh-add -L'], { env });
    expect(unasked.exitCode).not.toBe(0);
    agent.kill();
    await agent;
  });

  it('leaves nothing behind when it is over', async () => {
    const left = 'ls -d /dev/shm/podex-ssh-* 2>/dev/null | wc -l; pgrep -c sshd';
    await expect.poll(async () => (await runToEnd(ada, id, left)).output, SLOW).toBe('0\n0\n');
  });
});

describe('who may connect with SSH', SLOW, () => {
  const host = 'shop-front.podex';
  const shares = (person: Person, role: 'viewer' | 'editor') =>
    ada.client.POST('/api/workspaces/{workspace_id}/shares', {
      params: { path: { workspace_id: id } },
      body: { email: person.email, role },
    });

  it('is nobody whose client sees another host key', async () => {
    const before = readFileSync(computer.knownHosts, 'utf8');
    expect(before).toMatch(new RegExp(`^${id} ssh-ed25519 `));
    const { stdout: other } = await computer.run('ssh-keygen', ['-y', '-f', computer.identity]);
    writeFileSync(computer.knownHosts, `${id} ${other}\n`);
    const refused = await computer.ssh(host, 'true');
    expect([refused.exitCode, refused.stderr]).toEqual([255, expect.stringContaining('HAS CHANGED')]);
    writeFileSync(computer.knownHosts, before);
    expect((await computer.ssh(host, 'true')).exitCode).toBe(0);
  });

  it('is nobody who may only look, and an editor with her own key; not with another person’s', async () => {
    const bob = await stack.signUp();
    const his = new Computer({ apiUrl: stack.apiUrl, token: bob.token });
    const share = await shares(bob, 'viewer');
    await his.configure();
    const viewer = await his.ssh(host, 'true');
    expect([viewer.exitCode, viewer.stderr]).toEqual([255, expect.stringContaining('needs editor')]);
    const user = userShare.parse(share.data);
    await ada.client.PATCH('/api/workspaces/{workspace_id}/shares/{user_id}', {
      params: { path: { workspace_id: id, user_id: user.user_id } },
      body: { role: 'editor' },
    });
    expect((await his.ssh(host, 'id -un')).stdout).toBe('dev');
    const withHers = await his.run('ssh', [
      '-F',
      withoutIdentity(his),
      '-i',
      computer.identity,
      host,
      'true',
    ]);
    expect([withHers.exitCode, withHers.stderr]).toEqual([255, expect.stringContaining('Permission denied')]);

    const open = his.ssh(host, 'echo connected; sleep 600');
    await once(open.stdout, 'data');
    await ada.client.DELETE('/api/workspaces/{workspace_id}/shares/{user_id}', {
      params: { path: { workspace_id: id, user_id: user.user_id } },
    });
    // Long before the command would have ended by itself.
    expect((await open).exitCode).toBe(255);
  });

  it('is nobody whose key was removed from the account', async () => {
    const { stdout } = await computer.podex('ssh-keys', 'list', '--json');
    const [key] = pageOf(sshKey).shape.items.parse(JSON.parse(stdout));
    await computer.podex('ssh-keys', 'remove', key?.fingerprint ?? '');
    const none = await computer.ssh(host, 'true');
    expect([none.exitCode, none.stderr]).toEqual([
      255,
      expect.stringContaining('Your account has no SSH key'),
    ]);
    const { stdout: other } = await computer.run('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-f',
      `${computer.folder}/other`,
    ]);
    expect(other).toBe('');
    expect((await computer.podex('ssh-keys', 'add', `${computer.folder}/other.pub`)).exitCode).toBe(0);
    const removed = await computer.ssh(host, 'true');
    expect([removed.exitCode, removed.stderr]).toEqual([255, expect.stringContaining('Permission denied')]);
  });
});

describe('a workspace that is stopped', SLOW, () => {
  it('stays so when an SSH client connects by itself, and is started by podex ssh with the same host key', async () => {
    const before = await hostKey();
    await ada.client.POST('/api/workspaces/{workspace_id}/stop', {
      params: { path: { workspace_id: id }, query: { wait_ms: 60_000 } },
    });
    const refused = await computer.ssh('shop-front.podex', 'true');
    expect([refused.exitCode, refused.stderr]).toEqual([255, expect.stringContaining('Start it first')]);
    const started = await computer.podex('ssh', id, '--', 'echo up');
    expect([started.stdout, started.stderr]).toEqual(['up', expect.stringContaining('Starting Shop Front')]);
    expect(await hostKey()).toEqual(before);
  });
});

async function hostKey() {
  const { data } = await ada.client.GET('/api/workspaces/{workspace_id}/ssh/host_key', {
    params: { path: { workspace_id: id } },
  });
  return sshHostKey.parse(data);
}

/** His configuration, with no key in it. */
function withoutIdentity(whose: Computer): string {
  const file = path.join(whose.folder, 'without-identity');
  writeFileSync(file, readFileSync(whose.config, 'utf8').replaceAll(/^ *IdentityFile.*\n/gm, ''));
  return file;
}
