import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { GIT_STATUS_ENTRIES_MAX, gitDiff, gitRepositories, gitStatus } from '@podex/contracts/git';
import { newId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import type { TestResponse } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let canary: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  canary = at('canary');
});
afterAll(() => daemon[Symbol.asyncDispose]());

function at(...parts: string[]): string {
  return path.join(daemon.folders.homePath, ...parts);
}

/** As the user, in a new folder of that name. */
function sh(folder: string, script: string): string {
  return execFileSync('/bin/sh', ['-ec', script], { ...placeOf(folder), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What takes seconds: the daemon runs in this process, and must not be held up. */
async function shMeanwhile(folder: string, script: string): Promise<void> {
  await promisify(execFile)('/bin/sh', ['-ec', script], placeOf(folder));
}

/** Made if it is not there. */
function placeOf(folder: string) {
  const { uid, gid } = daemon.folders.user;
  mkdirSync(at(folder), { recursive: true });
  if (isRoot) chownSync(at(folder), uid, gid);
  return {
    cwd: at(folder),
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: daemon.folders.homePath, CANARY: canary, ...AUTHOR },
    encoding: 'utf8',
    ...(isRoot ? { uid, gid } : {}),
  } as const;
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Dev',
  GIT_AUTHOR_EMAIL: 'dev@example.com',
  GIT_COMMITTER_NAME: 'Dev',
  GIT_COMMITTER_EMAIL: 'dev@example.com',
};
const MAKE = 'git init -q -b main . && echo one > a.txt && git add . && git commit -qm First';

function get(route: string, folder: string, more: Record<string, string> = {}): Promise<TestResponse> {
  return daemon.client.send('GET', withQuery(`/git/${route}`, { path: at(folder), ...more }));
}

async function status(folder: string) {
  const response = await get('status', folder);
  expect(response.status, response.body.toString().slice(0, 1_000)).toBe(200);
  return response.json(gitStatus);
}

async function select(route: 'stage' | 'unstage' | 'discard', folder: string, files: string[]) {
  const response = await daemon.client.send('POST', `/git/${route}`, { json: { path: at(folder), files } });
  return response.status === 204 ? 'done' : response.code;
}

function act(route: string, folder: string, input: object = {}): Promise<TestResponse> {
  return daemon.client.send('POST', `/git/${route}?wait_ms=30000`, {
    json: { command_id: newId('command'), path: at(folder), ...input },
  });
}

/** Processes that work in this folder. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === at(folder);
    } catch {
      return false;
    }
  });
}

describe('hooks of a repository', () => {
  it('do not run when it is looked at, nor when changes are staged and discarded', async () => {
    const hooks = ['post-index-change', 'post-checkout', 'pre-commit', 'reference-transaction', 'monitor'];
    const plant = `printf '#!/bin/sh\\necho %s >> "$CANARY-%s"\\n' $name hooks > .git/hooks/$name; chmod 755 .git/hooks/$name`;
    sh('hooked', `${MAKE}; for name in ${hooks.join(' ')}; do ${plant}; done`);
    sh('hooked', `sed -i "s|.CANARY-hooks|${canary}-hooks|" .git/hooks/*; echo two > a.txt; echo n > new`);
    sh('hooked', `git config core.fsmonitor '${at('hooked/.git/hooks/monitor')}'`);
    expect((await status('hooked')).entries).toHaveLength(2);
    expect(await select('stage', 'hooked', ['a.txt', 'new'])).toBe('done');
    expect(await select('unstage', 'hooked', ['a.txt', 'new'])).toBe('done');
    expect(await select('discard', 'hooked', ['a.txt', 'new'])).toBe('done');
    for (const route of ['diff', 'log', 'branches', 'stashes'])
      expect((await get(route, 'hooked')).status).toBe(200);
    expect(existsSync(`${canary}-hooks`)).toBe(false);
    expect((await status('hooked')).entries).toEqual([]);
    sh('hooked', 'git checkout -q main');
    expect(readFileSync(`${canary}-hooks`, 'utf8')).toContain('post-checkout');
  });

  it('stay behind when it is cloned, with what else its owner configured', async () => {
    sh('origin', `${MAKE}; printf '#!/bin/sh\\ntouch ${canary}-cloned\\n' > .git/hooks/post-checkout`);
    sh('origin', 'chmod 755 .git/hooks/*; git config core.fsmonitor /bin/false');
    sh('clones', `git clone -q ${at('origin')} copy`);
    expect((await status('clones/copy')).entries).toEqual([]);
    expect((await act('checkout', 'clones/copy', { branch: 'side', create: true })).status).toBe(200);
    expect(existsSync(`${canary}-cloned`)).toBe(false);
  });

  it('do not come with a folder of a clone that looks like a repository', async () => {
    const bare = `mkdir -p sub/objects sub/refs/heads && cp .git/HEAD sub && printf '#!/bin/sh\\ntouch ${canary}-bare\\n' > sub/run`;
    const settings = `[core]\\nrepositoryformatversion=0\\nbare=false\\nworktree=..\\nfsmonitor=./run\\nhooksPath=.\\n`;
    sh('bare-origin', `${MAKE}; ${bare}; chmod 755 sub/run; printf '${settings}' > sub/config`);
    sh('bare-origin', 'touch sub/objects/k sub/refs/heads/k; git add -A; git commit -qm Trap');
    sh('bare', `git clone -q ${at('bare-origin')} .`);
    const seen = await get('status', 'bare/sub');
    expect([seen.status, seen.code]).toEqual([409, 'git_failed']);
    expect(seen.body.toString()).toContain('safe.bareRepository');
    expect(await select('stage', 'bare/sub', ['a.txt'])).toBe('git_failed');
    expect(existsSync(`${canary}-bare`)).toBe(false);
    expect((await status('bare')).entries).toEqual([]);
  });
});

describe('a .git that is something else', () => {
  it.each([
    ['a link to nothing', 'ln -s nowhere .git'],
    ['a link to itself', 'ln -s .git .git'],
    ['a file that names itself', 'echo "gitdir: .git" > .git'],
    ['a file of something else', 'head -c 100000 /dev/zero > .git'],
    ['a file that leads into the kernel', 'echo "gitdir: /proc/1" > .git'],
    ['a pipe that nobody writes to', 'mkfifo .git'],
    ['a folder with nothing', 'mkdir .git'],
  ])('%s is told as no repository', async (_what, script) => {
    const folder = `odd-${newId('command')}`;
    sh(folder, script);
    const seen = await get('status', folder);
    expect([seen.status, seen.code]).toEqual([409, 'git_failed']);
    expect(await select('discard', folder, ['a.txt'])).toBe('git_failed');
    const { items } = (await daemon.client.send('GET', '/git/repositories')).json(gitRepositories);
    expect(items.map(({ path: found }) => found)).toContain(at(folder));
  });

  it('that names the repository of another user is not read', async () => {
    sh('others', MAKE);
    sh('thief', `echo "gitdir: ${at('others/.git')}" > .git`);
    if (isRoot) execFileSync('chown', ['-R', '0:0', at('others/.git')]);
    const seen = await get('status', 'thief');
    expect(seen.code).toBe(isRoot ? 'git_failed' : undefined);
    if (isRoot) expect(seen.body.toString()).toContain('belongs to another user');
  });
});

describe('a repository that git cannot finish with', () => {
  it('is let go of, with its processes, as soon as nobody waits', async () => {
    sh('stuck', `${MAKE}; rm .git/index; mkfifo .git/index`);
    const leave = new AbortController();
    const asked = daemon.client.send('GET', withQuery('/git/status', { path: at('stuck') }), {
      signal: leave.signal,
    });
    const left = expect(asked).rejects.toThrow('abort');
    await until(() => processesIn('stuck').length > 0);
    leave.abort();
    await left;
    await until(() => processesIn('stuck').length === 0);
    expect(processesIn('stuck')).toEqual([]);
  });

  it('holds nothing up by a program of its own that keeps the output open', async () => {
    sh('held', `${MAKE}; echo '*.held filter=held' > .gitattributes; echo x > x.held`);
    const filter = `(exec setsid sleep 600 >/dev/null </dev/null &); cat`;
    sh('held', `git config filter.held.clean '${filter}'`);
    try {
      expect(await select('stage', 'held', ['x.held'])).toBe('done');
      expect(processesIn('held')).toHaveLength(1);
    } finally {
      for (const pid of processesIn('held')) process.kill(Number(pid), 'SIGKILL');
    }
  });
});

describe('a repository of 100,000 files', () => {
  const LAST = 'd99/f999';

  beforeAll(async () => {
    const write = `for i in $(seq 0 99); do mkdir d$i; (cd d$i; seq 0 999 | sed s/^/f/ | xargs touch); done`;
    await shMeanwhile('vast', `git init -q -b main .; git commit -qm First --allow-empty; ${write}`);
  });

  it('is shown up to a limit, and says that there is more', async () => {
    const response = await get('status', 'vast');
    const seen = response.json(gitStatus);
    expect([seen.entries.length, seen.truncated]).toEqual([GIT_STATUS_ENTRIES_MAX, true]);
    expect(response.body.length).toBeLessThan(1_000_000);
  });

  it('is shown whole, page by page', async () => {
    const paths = new Set<string>();
    let after: string | null = '';
    let pages = 0;
    while (after !== null) {
      const response: TestResponse = await get('status', 'vast', after === '' ? {} : { after });
      const seen = response.json(gitStatus);
      for (const { path: name } of seen.entries) paths.add(name);
      expect(seen.truncated).toBe(seen.next !== null);
      after = seen.next;
      pages += 1;
    }
    expect([paths.size, pages]).toEqual([100_000, 20]);
    expect((await get('status', 'vast', { after: 'nowhere' })).status).toBe(400);
  });

  it('stages, unstages and discards also what is beyond the limit', async () => {
    expect(await select('stage', 'vast', [LAST])).toBe('done');
    expect((await status('vast')).entries[0]).toMatchObject({ path: LAST, staged: 'added' });
    expect(await select('unstage', 'vast', [LAST])).toBe('done');
    expect(await select('discard', 'vast', [LAST])).toBe('done');
    expect(existsSync(at('vast', LAST))).toBe(false);
    expect(await select('discard', 'vast', [LAST])).toBe('conflict');
    await shMeanwhile('vast', 'git add -A; git commit -qm All; find d* -name "f*" | xargs rm');
    const gone = await status('vast');
    expect([gone.entries.length, gone.truncated]).toEqual([GIT_STATUS_ENTRIES_MAX, true]);
    expect(await select('discard', 'vast', ['d98/f999'])).toBe('done');
    expect(existsSync(at('vast/d98/f999'))).toBe(true);
  });
});

describe('names with line ends', () => {
  it('are shown, compared, staged and discarded as they are', async () => {
    const folder = 'x\n/y';
    const name = 'two\nlines "x"\t.txt';
    const quoted = `'${name}'`;
    sh('x\n', 'true');
    sh(folder, `${MAKE}; echo one > ${quoted}; git add -A; git commit -qm Names; echo two > ${quoted}`);
    expect(await status(folder)).toMatchObject({
      root: at(folder),
      entries: [{ path: name, unstaged: 'modified' }],
    });
    const { files } = (await get('diff', folder)).json(gitDiff);
    expect(files).toMatchObject([{ path: name, change: 'modified' }]);
    const [file] = files;
    const hunks = { file: name, diff_id: file?.id, hunk_ids: file?.hunks.map(({ id }) => id) };
    const staged = await daemon.client.send('POST', '/git/stage', { json: { path: at(folder), hunks } });
    expect(staged.status).toBe(204);
    expect((await status(folder)).entries).toMatchObject([{ path: name, staged: 'modified' }]);
    expect(await select('unstage', folder, [name])).toBe('done');
    expect(await select('discard', folder, [name])).toBe('done');
    expect((await status(folder)).entries).toEqual([]);
    sh(folder, `git mv ${quoted} 'b\n\nc'; printf 'x' > '? a.txt\n1 .M'`);
    expect((await status(folder)).entries).toMatchObject([
      { path: 'b\n\nc', old_path: name, staged: 'renamed' },
      { path: '? a.txt\n1 .M', kind: 'untracked' },
    ]);
  });

  it('in a worktree, whose git folder is elsewhere', async () => {
    sh('base', `${MAKE}; git worktree add -q '${at('w\n')}/tree'`);
    expect(await status('w\n/tree')).toMatchObject({ root: at('w\n/tree'), branch: 'tree', entries: [] });
  });
});

describe('submodules', () => {
  it('are not connected to, whatever their address, by anything that is not a clone of them', async () => {
    let connections = 0;
    const trap = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const address = trap.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const urls = [
      `http://127.0.0.1:${port}/latest/meta-data`,
      'http://169.254.169.254/latest/meta-data',
      `ext::sh -c touch% ${canary}-sub`,
      `--upload-pack=touch ${canary}-sub`,
      `-u./run`,
      `ssh://-oProxyCommand=touch ${canary}-sub/x`,
      `file://${at('origin')}`,
    ];
    sh('modules', MAKE);
    for (const [index, url] of urls.entries()) {
      const section = `[submodule "m${index}"]\\n\\tpath = m${index}\\n\\turl = ${url}\\n\\tfetchRecurseSubmodules = true\\n`;
      sh('modules', `printf '${section.replaceAll('%', '%%')}' >> .gitmodules`);
      sh('modules', `git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),m${index}`);
    }
    sh('modules', 'git add .gitmodules; git commit -qm Modules');
    sh('with-modules', `git clone -q ${at('modules')} .; git config protocol.file.allow always`);
    sh('modules', 'git commit -qm Later --allow-empty');
    expect((await status('with-modules')).entries).toEqual([]);
    for (const route of ['diff', 'log', 'branches', 'stashes'])
      expect((await get(route, 'with-modules')).status).toBe(200);
    expect((await act('fetch', 'with-modules')).status).toBe(200);
    expect((await act('pull', 'with-modules')).status).toBe(200);
    expect((await act('checkout', 'with-modules', { branch: 'side', create: true })).status).toBe(200);
    await new Promise((resolve) => trap.close(resolve));
    expect([connections, existsSync(`${canary}-sub`)]).toEqual([0, false]);
  });

  it.each([
    ['ext', (file: string) => `ext::sh -c touch% ${file}`],
    ['an option', (file: string) => `--upload-pack=touch ${file};`],
    ['an option of ssh', (file: string) => `ssh://-oProxyCommand=touch ${file}/x`],
  ])('and remotes with %s for an address run nothing', async (_what, urlOf) => {
    const folder = `remote-${newId('command')}`;
    sh(folder, `${MAKE}; git remote add origin x; git config remote.origin.url '${urlOf(`${canary}-url`)}'`);
    expect((await act('fetch', folder)).code).toBe('git_failed');
    expect((await act('push', folder)).code).toBe('git_failed');
    expect(existsSync(`${canary}-url`)).toBe(false);
  });

  it('objects that a partial clone lacks are not fetched when it is looked at', async () => {
    sh(
      'lazy',
      `${MAKE}; echo two > a.txt; git commit -qam Second; blob=$(git rev-parse HEAD~:a.txt)
      rm -f .git/objects/$(echo $blob | cut -c1-2)/$(echo $blob | cut -c3-)
      git config core.repositoryformatversion 1; git config extensions.partialClone origin
      git config remote.origin.promisor true; git config remote.origin.url 'ext::touch ${canary}-lazy'
      git config protocol.ext.allow always; git config remote.origin.uploadpack 'touch ${canary}-lazy'`,
    );
    const head = sh('lazy', 'git rev-parse HEAD').trim();
    expect((await get('diff', 'lazy', { source: 'commit', commit: head })).code).toBe('git_failed');
    expect(existsSync(`${canary}-lazy`)).toBe(false);
    sh('lazy', 'git show HEAD >/dev/null 2>&1 || true');
    expect(existsSync(`${canary}-lazy`)).toBe(true);
  });
});
