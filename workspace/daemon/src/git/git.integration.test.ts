import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { command } from '@podex/contracts/commands';
import {
  GIT_STATUS_ENTRIES_MAX,
  gitBranches,
  gitDiff,
  gitLog,
  gitRepositories,
  gitStashes,
  gitStatus,
} from '@podex/contracts/git';
import { newId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import type { TestResponse } from '../testing/unix-client.ts';

/** Repositories below the home of a daemon, driven by the user’s own git and looked at by the routes. */
class Scene implements AsyncDisposable {
  readonly daemon: RunningTestDaemon;

  constructor(daemon: RunningTestDaemon) {
    this.daemon = daemon;
  }

  at(...parts: string[]): string {
    return path.join(this.daemon.folders.homePath, ...parts);
  }

  /** git as the user types it. */
  git(repository: string, ...args: string[]): string {
    const { uid, gid } = this.daemon.folders.user;
    const identity = isRoot ? { uid, gid } : {};
    return execFileSync('git', args, {
      cwd: this.at(repository),
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: this.daemon.folders.homePath },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...identity,
    });
  }

  write(file: string, text: string | Buffer): void {
    writeFileSync(this.at(file), text);
    if (isRoot) chownSync(this.at(file), this.daemon.folders.user.uid, this.daemon.folders.user.gid);
  }

  folder(name: string): void {
    mkdirSync(this.at(name), { recursive: true });
    if (isRoot) chownSync(this.at(name), this.daemon.folders.user.uid, this.daemon.folders.user.gid);
  }

  repository(name: string, text = 'one\n'): void {
    this.folder(name);
    this.git(name, 'init', '--quiet', '--initial-branch=main');
    this.git(name, 'config', 'user.name', 'Dev');
    this.git(name, 'config', 'user.email', 'dev@example.com');
    this.write(`${name}/a.txt`, text);
    this.git(name, 'add', '.');
    this.git(name, 'commit', '--quiet', '--message=First');
  }

  get(route: string, repository: string, more: Record<string, string> = {}): Promise<TestResponse> {
    return this.daemon.client.send('GET', withQuery(`/git/${route}`, { path: repository, ...more }));
  }

  async status(repository: string) {
    return (await this.get('status', repository)).json(gitStatus);
  }

  async diff(repository: string, more: Record<string, string> = {}) {
    return (await this.get('diff', repository, more)).json(gitDiff);
  }

  select(
    route: 'stage' | 'unstage' | 'discard',
    repository: string,
    selection: object,
  ): Promise<TestResponse> {
    return this.daemon.client.send('POST', `/git/${route}`, { json: { path: repository, ...selection } });
  }

  act(route: string, repository: string, input: object = {}): Promise<TestResponse> {
    return this.daemon.client.send('POST', `/git/${route}?wait_ms=30000`, {
      json: { command_id: newId('command'), path: repository, ...input },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }
}

const LINES = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);

describe('git', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = new Scene(await startTestDaemon());
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it('finds repositories, and says what has changed in one, whatever the names are', async () => {
    scene.repository('shop');
    scene.repository('deep/er/down');
    scene.folder('shop/node_modules/x/.git');
    const named = Buffer.concat([Buffer.from(scene.at('shop/')), Buffer.from([0x62, 0xff, 0x0a, 0x63])]);
    writeFileSync(named, 'x');
    scene.write('shop/a.txt', 'two\n');
    scene.write('shop/new “file”.txt', 'n');
    const { items } = (await scene.daemon.client.send('GET', '/git/repositories')).json(gitRepositories);
    expect(items.map(({ name }) => name)).toEqual(['deep/er/down', 'shop']);
    const status = await scene.status('shop');
    expect(status).toMatchObject({ root: scene.at('shop'), branch: 'main', upstream: null, operation: null });
    expect(status.entries.map((entry) => [entry.path, entry.kind, entry.unstaged])).toEqual([
      ['a.txt', 'tracked', 'modified'],
      ['b\u{10feff}\nc', 'untracked', null],
      ['new “file”.txt', 'untracked', null],
    ]);
    expect(
      (await scene.select('stage', 'shop', { files: status.entries.map((one) => one.path) })).status,
    ).toBe(204);
    expect((await scene.status('shop')).entries.map(({ staged }) => staged)).toEqual([
      'modified',
      'added',
      'added',
    ]);
    const odd = await scene.diff('shop', { source: 'staged', file: 'b\u{10feff}\nc' });
    expect(odd.files).toMatchObject([{ path: 'b\u{10feff}\nc', change: 'added' }]);
    await scene.select('unstage', 'shop', { files: status.entries.map((one) => one.path) });
    await scene.select('discard', 'shop', { files: ['b\u{10feff}\nc', 'a.txt', 'new “file”.txt'] });
    expect((await scene.status('shop')).entries).toEqual([]);
    expect(existsSync(named)).toBe(false);
    expect(readFileSync(scene.at('shop/a.txt'), 'utf8')).toBe('one\n');
  });

  it('stages, unstages and discards hunks of a file, and none of one that has changed since', async () => {
    scene.repository('hunks', `${LINES.join('\n')}\n`);
    const edited = LINES.flatMap((line, index) => (index % 12 === 3 ? [line, `after ${index}`] : [line]));
    scene.write('hunks/a.txt', `${edited.join('\n')}\n`);
    const [file] = (await scene.diff('hunks', { file: 'a.txt' })).files;
    expect(file?.hunks).toHaveLength(4);
    const choose = (...indexes: number[]) => ({
      hunks: { file: 'a.txt', diff_id: file?.id, hunk_ids: indexes.map((index) => file?.hunks[index]?.id) },
    });
    expect((await scene.select('stage', 'hunks', choose(1, 3))).status).toBe(204);
    const staged = () =>
      scene
        .git('hunks', 'show', ':a.txt')
        .split('\n')
        .filter((line) => line.startsWith('after'));
    expect(staged()).toEqual(['after 15', 'after 39']);
    const stale = await scene.select('stage', 'hunks', choose(0));
    expect([stale.status, stale.code]).toEqual([409, 'conflict']);
    const inIndex = (await scene.diff('hunks', { source: 'staged' })).files[0];
    const first = { file: 'a.txt', diff_id: inIndex?.id, hunk_ids: [inIndex?.hunks[0]?.id] };
    expect((await scene.select('unstage', 'hunks', { hunks: first })).status).toBe(204);
    expect(staged()).toEqual(['after 39']);
    const rest = (await scene.diff('hunks')).files[0];
    const second = { file: 'a.txt', diff_id: rest?.id, hunk_ids: [rest?.hunks[1]?.id] };
    expect((await scene.select('discard', 'hunks', { hunks: second })).status).toBe(204);
    expect(readFileSync(scene.at('hunks/a.txt'), 'utf8')).not.toContain('after 15');
    expect(readFileSync(scene.at('hunks/a.txt'), 'utf8')).toContain('after 3\n');
  });

  it('puts a hunk where it belongs among passages that look the same', async () => {
    const block = ['{', '  same', '  same', '  same', '}'];
    const text = (changed: readonly number[]) =>
      Array.from({ length: 12 }, (_, index) =>
        [...block, ...(changed.includes(index) ? ['new', 'new', 'new'] : [])].join('\n'),
      ).join('\n');
    scene.repository('same', text([]));
    scene.write('same/a.txt', text([1, 4, 7, 10]));
    const [file] = (await scene.diff('same')).files;
    const hunks = { file: 'a.txt', diff_id: file?.id, hunk_ids: [file?.hunks[2]?.id] };
    expect((await scene.select('stage', 'same', { hunks })).status).toBe(204);
    expect(scene.git('same', 'show', ':a.txt')).toBe(text([7]));
  });

  it('commits once for one id, runs its hooks, and hands on what git says no with', async () => {
    scene.repository('commit');
    scene.write('commit/a.txt', 'two\n');
    await scene.select('stage', 'commit', { files: ['a.txt'] });
    const input = { command_id: newId('command'), message: 'Second: “two”\n\nWhy.' };
    const made = (await scene.act('commit', 'commit', input)).json(command);
    expect(made).toMatchObject({ status: 'exited', exit_code: 0 });
    expect((await scene.act('commit', 'commit', input)).json(command)).toEqual(made);
    const log = (await scene.get('log', 'commit', { limit: '1' })).json(gitLog);
    expect(log.items).toMatchObject([{ subject: 'Second: “two”', body: 'Why.', author_name: 'Dev' }]);
    const older = (await scene.get('log', 'commit', { after: log.next ?? '' })).json(gitLog);
    expect([older.items.map(({ subject }) => subject), older.next]).toEqual([['First'], null]);
    const changed = await scene.diff('commit', { source: 'commit', commit: log.items[0]?.id ?? '' });
    expect(changed.files[0]?.hunks[0]?.lines).toEqual(['-one', '+two']);
    scene.write('commit/.git/hooks/pre-commit', '#!/bin/sh\necho the hook refuses >&2\nexit 1\n');
    scene.git('commit', 'config', 'core.fileMode', 'false');
    execFileSync('chmod', ['755', scene.at('commit/.git/hooks/pre-commit')]);
    const refused = await scene.act('commit', 'commit', { message: 'Third', amend: true });
    expect([refused.status, refused.code]).toEqual([409, 'git_failed']);
    expect(refused.body.toString()).toContain('the hook refuses');
  });

  it('pushes, fetches, pulls and switches; a rejected push says why', async () => {
    scene.folder('remote.git');
    scene.git('remote.git', 'init', '--quiet', '--bare', '--initial-branch=main');
    scene.repository('mine');
    scene.git('mine', 'remote', 'add', 'origin', scene.at('remote.git'));
    expect((await scene.act('push', 'mine', { set_upstream: true })).status).toBe(200);
    scene.git('.', 'clone', '--quiet', 'remote.git', 'theirs');
    scene.git(
      'theirs',
      '-c',
      'user.name=T',
      '-c',
      'user.email=t@e',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'Theirs',
    );
    scene.git('theirs', 'push', '--quiet');
    scene.git('mine', 'commit', '--quiet', '--allow-empty', '-m', 'Mine');
    const rejected = await scene.act('push', 'mine');
    expect(rejected.code).toBe('git_failed');
    expect(rejected.body.toString()).toMatch(/"message":"git said: ! \[rejected\].*fetch first/);
    expect((await scene.act('fetch', 'mine')).status).toBe(200);
    expect(await scene.status('mine')).toMatchObject({ upstream: 'origin/main', ahead: 1, behind: 1 });
    expect((await scene.act('pull', 'mine')).status).toBe(200);
    expect(await scene.status('mine')).toMatchObject({ ahead: 2, behind: 0 });
    expect((await scene.act('checkout', 'mine', { branch: 'topic', create: true })).status).toBe(200);
    const { items } = (await scene.get('branches', 'mine')).json(gitBranches);
    expect(items.map(({ name, current }) => [name, current]).sort()).toEqual([
      ['main', false],
      ['origin/main', false],
      ['topic', true],
    ]);
    const missing = await scene.act('checkout', 'mine', { branch: 'nowhere' });
    expect(missing.body.toString()).toMatch(/nowhere/);
    expect((await scene.act('checkout', 'mine', { branch: '--orphan=x' })).status).toBe(400);
  });

  it('shows conflicts, gives a merge up, and puts changes aside and brings them back', async () => {
    scene.repository('clash');
    scene.git('clash', 'checkout', '--quiet', '-b', 'other');
    scene.write('clash/a.txt', 'other\n');
    scene.git('clash', 'commit', '--quiet', '-am', 'Other');
    scene.git('clash', 'checkout', '--quiet', 'main');
    scene.write('clash/a.txt', 'main\n');
    scene.git('clash', 'commit', '--quiet', '-am', 'Main');
    expect(() => scene.git('clash', 'merge', 'other')).toThrow();
    const status = await scene.status('clash');
    expect([status.operation, status.entries]).toMatchObject([
      'merge',
      [{ path: 'a.txt', kind: 'conflicted', conflict: 'both_modified' }],
    ]);
    expect((await scene.diff('clash')).files.map((file) => file.path)).toEqual(['a.txt']);
    expect((await scene.act('abort', 'clash', { operation: 'merge' })).status).toBe(200);
    scene.write('clash/b.txt', 'aside');
    expect((await scene.act('stash', 'clash', { do: 'push', message: 'for later' })).status).toBe(200);
    expect(await scene.status('clash')).toMatchObject({ operation: null, stashes: 1, entries: [] });
    const { items } = (await scene.get('stashes', 'clash')).json(gitStashes);
    expect(items).toMatchObject([{ index: 0, message: expect.stringContaining('for later') }]);
    expect((await scene.act('stash', 'clash', { do: 'pop' })).status).toBe(200);
    expect((await scene.status('clash')).entries).toMatchObject([{ path: 'b.txt', kind: 'untracked' }]);
  });

  it('runs nothing that a repository configures when it is looked at', async () => {
    scene.repository('trap');
    const canary = scene.at('canary');
    const run = `touch ${canary}; cat`;
    scene.write('trap/.gitattributes', '*.txt filter=bad diff=bad\n');
    scene.write('trap/run.sh', `#!/bin/sh\n${run}\n`);
    execFileSync('chmod', ['755', scene.at('trap/run.sh')]);
    for (const [name, value] of [
      ['core.fsmonitor', scene.at('trap/run.sh')],
      ['core.pager', run],
      ['core.sshCommand', run],
      ['core.hooksPath', scene.at('trap')],
      ['diff.external', scene.at('trap/run.sh')],
      ['diff.bad.command', scene.at('trap/run.sh')],
      ['diff.bad.textconv', scene.at('trap/run.sh')],
      ['filter.bad.clean', run],
      ['filter.bad.smudge', run],
      ['filter.bad.required', 'true'],
      ['log.showSignature', 'true'],
      ['gpg.program', scene.at('trap/run.sh')],
    ] as const)
      scene.git('trap', 'config', name, value);
    scene.write('trap/post-index-change', `#!/bin/sh\n${run}\n`);
    execFileSync('chmod', ['755', scene.at('trap/post-index-change')]);
    scene.write('trap/a.txt', 'changed\n');
    const head = readFileSync(scene.at('trap/.git/refs/heads/main'), 'utf8').trim();
    expect((await scene.status('trap')).entries.map((entry) => entry.path)).toContain('a.txt');
    expect((await scene.diff('trap')).files).toMatchObject([{ path: 'a.txt', change: 'modified' }]);
    await scene.diff('trap', { source: 'commit', commit: head });
    for (const route of ['log', 'branches', 'stashes'])
      expect((await scene.get(route, 'trap')).status).toBe(200);
    expect(existsSync(canary)).toBe(false);
    scene.write(
      'trap/.git/config',
      `${readFileSync(scene.at('trap/.git/config'), 'utf8')}[filter "a=b"]\nclean = ${run}\n`,
    );
    expect((await scene.get('status', 'trap')).code).toBe('conflict');
    expect(existsSync(canary)).toBe(false);
  });

  it('shows so many changes and so much of a difference, and says that there is more', async () => {
    scene.repository('many');
    for (let index = 0; index <= GIT_STATUS_ENTRIES_MAX; index += 1)
      writeFileSync(scene.at(`many/${index}`), '');
    const status = await scene.status('many');
    expect([status.entries.length, status.truncated]).toEqual([GIT_STATUS_ENTRIES_MAX, true]);
    scene.write('many/a.txt', 'a long line\n'.repeat(200_000));
    const { files, truncated } = await scene.diff('many');
    expect([truncated, files[0]?.truncated, files[0]?.hunks]).toEqual([true, true, []]);
    const hunks = { file: 'a.txt', diff_id: files[0]?.id, hunk_ids: ['x'] };
    expect((await scene.select('stage', 'many', { hunks })).code).toBe('conflict');
  });

  it('reads a repository whose .git is a file or a link, and says what git says where there is none', async () => {
    scene.repository('whole');
    scene.git('whole', 'worktree', 'add', '--quiet', scene.at('tree'));
    expect((await scene.status('tree')).branch).toBe('tree');
    scene.folder('linked');
    symlinkSync(scene.at('whole/.git'), scene.at('linked/.git'));
    if (isRoot) {
      const others = await scene.get('status', 'linked');
      expect(others.body.toString()).toMatch(/another user.*git config --global --add safe.directory/);
      lchownSync(scene.at('linked/.git'), scene.daemon.folders.user.uid, scene.daemon.folders.user.gid);
    }
    expect((await scene.status('linked')).entries).toMatchObject([{ path: 'a.txt', unstaged: 'deleted' }]);
    scene.folder('plain');
    const none = await scene.get('status', 'plain');
    expect([none.status, none.code]).toEqual([409, 'git_failed']);
    expect(none.body.toString()).toContain('not a git repository');
    expect((await scene.get('status', 'nowhere')).code).toBe('file_not_found');
  });
});
