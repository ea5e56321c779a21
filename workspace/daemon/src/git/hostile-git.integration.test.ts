import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { GIT_STATUS_ENTRIES_MAX, gitStatus } from '@podex/contracts/git';
import { withQuery } from '@podex/contracts/query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';

const HOOKS = ['post-index-change', 'post-checkout', 'pre-commit', 'reference-transaction', 'pre-auto-gc'];
const READING = ['status', 'diff', 'log', 'branches', 'stashes'];
const FILES = 100_000;

/** The `git status` that runs in a folder. */
function findGit(folder: string): string | undefined {
  return readdirSync('/proc').find((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes('--porcelain=v2') && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

describe('a repository that somebody else made', () => {
  let daemon: RunningTestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon();
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  const at = (...parts: string[]) => path.join(daemon.folders.homePath, ...parts);

  function asUser(folder: string, file: string, ...args: string[]): string {
    const { uid, gid } = daemon.folders.user;
    return execFileSync(file, args, {
      cwd: at(folder),
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: daemon.folders.homePath },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot ? { uid, gid } : {}),
    });
  }

  function write(file: string, text: string, mode = 0o644): void {
    writeFileSync(at(file), text);
    chmodSync(at(file), mode);
    if (isRoot) chownSync(at(file), daemon.folders.user.uid, daemon.folders.user.gid);
  }

  function repository(name: string): void {
    mkdirSync(at(name));
    if (isRoot) chownSync(at(name), daemon.folders.user.uid, daemon.folders.user.gid);
    asUser(name, 'git', 'init', '--quiet', '--initial-branch=main');
    write(`${name}/a.txt`, 'one\n');
    asUser(name, 'git', 'add', '.');
    asUser(name, 'git', '-c', 'user.name=D', '-c', 'user.email=d@e', 'commit', '--quiet', '-m', 'First');
  }

  const get = (route: string, name: string) =>
    daemon.client.send('GET', withQuery(`/git/${route}`, { path: name }));
  const select = (route: string, name: string, files: string[]) =>
    daemon.client.send('POST', `/git/${route}`, { json: { path: name, files } });

  it('has no hook of it run by what Podex does, neither looking nor staging', async () => {
    repository('hooked');
    const canary = at('canary');
    mkdirSync(at('hooked/.git/hooks'), { recursive: true });
    for (const hook of HOOKS)
      write(`hooked/.git/hooks/${hook}`, `#!/bin/sh\necho ${hook} >> ${canary}\n`, 0o755);
    write('hooked/.git/watch', `#!/bin/sh\necho watch >> ${canary}\n`, 0o755);
    asUser('hooked', 'git', 'config', 'core.fsmonitor', at('hooked/.git/watch'));
    write('hooked/a.txt', 'two\n');
    asUser('hooked', 'git', 'add', '.');
    expect(readFileSync(canary, 'utf8')).toContain('post-index-change');
    rmSync(canary);
    for (const route of READING) expect((await get(route, 'hooked')).status).toBe(200);
    for (const route of ['unstage', 'stage', 'unstage', 'discard'])
      expect((await select(route, 'hooked', ['a.txt'])).status).toBe(204);
    expect(readFileSync(at('hooked/a.txt'), 'utf8')).toBe('one\n');
    expect(existsSync(canary)).toBe(false);
  });

  it('is refused where its .git is no folder, file or link to one, without a wait', async () => {
    for (const [name, make] of [
      ['pipe', (file: string) => execFileSync('mkfifo', [file])],
      ['loop', (file: string) => execFileSync('ln', ['-s', file, file])],
      ['kernel', (file: string) => execFileSync('ln', ['-s', '/proc/self', file])],
      ['secret', (file: string) => writeFileSync(file, 'gitdir: /root/.ssh\n')],
    ] as const) {
      mkdirSync(at(name));
      make(at(name, '.git'));
      if (isRoot) execFileSync('chown', ['-hR', `${daemon.folders.user.uid}`, at(name)]);
      const answer = await get('status', name);
      expect([name, answer.status, answer.code]).toEqual([name, 409, 'git_failed']);
    }
  });

  it(`says what of ${FILES} files it shows, and ends git when nobody waits any more`, async () => {
    repository('huge');
    asUser('huge', 'bash', '-c', `mkdir x && cd x && seq 1 ${FILES} | xargs touch`);
    const status = (await get('status', 'huge')).json(gitStatus);
    expect([status.entries.length, status.truncated]).toEqual([GIT_STATUS_ENTRIES_MAX, true]);
    const { socketPath } = daemon.folders;
    const asking = request({ socketPath, path: withQuery('/git/status', { path: 'huge' }) });
    asking.on('error', () => undefined);
    asking.end();
    let pid = '';
    await until(() => {
      pid = findGit(at('huge')) ?? '';
      return pid !== '';
    });
    // Held, so that it does not end by itself.
    process.kill(Number(pid), 'SIGSTOP');
    asking.destroy();
    await until(() => !existsSync(`/proc/${pid}`));
    expect(findGit(at('huge'))).toBeUndefined();
  }, 60_000);

  it('reaches no address and runs no program by its submodules', async () => {
    repository('modules');
    const canary = at('ran');
    const head = asUser('modules', 'git', 'rev-parse', 'HEAD').trim();
    const modules = [
      ['metadata', 'http://169.254.169.254/latest/meta-data'],
      ['option', `--upload-pack=touch ${canary}`],
      ['program', `ext::sh -c "touch ${canary}"`],
      ['ssh', `ssh://-oProxyCommand=touch%20${canary}/x`],
    ];
    const text = modules.map(
      ([name, url]) =>
        `[submodule "${name}"]\n\tpath = ${name}\n\turl = ${url}\n\tupdate = !touch ${canary}\n`,
    );
    write('modules/.gitmodules', text.join(''));
    for (const [name = '', url = ''] of modules) {
      asUser('modules', 'git', 'update-index', '--add', '--cacheinfo', `160000,${head},${name}`);
      asUser('modules', 'git', 'config', `submodule.${name}.url`, url);
      asUser('modules', 'git', 'config', `submodule.${name}.active`, 'true');
    }
    for (const route of READING) expect((await get(route, 'modules')).status).toBe(200);
    expect((await select('stage', 'modules', ['.gitmodules'])).status).toBe(204);
    expect(existsSync(canary)).toBe(false);
  });
});
