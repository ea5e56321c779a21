import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { checkpoint } from '@podex/contracts/checkpoints';
import { command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import type { DaemonSettings } from '@podex/contracts/internal/daemon';
import { withQuery } from '@podex/contracts/query';
import { terminal } from '@podex/contracts/terminals';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  TestFolders,
  until,
} from '../testing/test-daemon.ts';

const SECRET = 'planted-workspace-variable';
const SYSTEM_PATH = '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const SETTINGS: DaemonSettings = { workspace_id: 'ws_test', name: 'test', env: { PLANTED: SECRET } };

interface Seen {
  name: string;
  uid: number;
  /** What it saw of the workspace’s variables. */
  secret: string;
}

let folders: TestFolders;
let daemon: RunningTestDaemon;
let record: string;

/** What a program of the user’s under this name saw, each time that somebody ran it. */
function seen(name?: string): Seen[] {
  const lines = readFileSync(record, 'utf8').trim().split('\n');
  const all = lines.map((line) => {
    const [called = '', uid, secret = ''] = line.split(' ');
    return { name: called, uid: Number(uid), secret };
  });
  return name === undefined ? all : all.filter((one) => one.name === name);
}

/** In front of every program of this machine one of the user’s, which notes who it is run as and goes on with the real one. */
function plantPrograms(folder: string): void {
  mkdirSync(folder);
  const program = path.join(folder, '.program');
  const note = `echo "$name $(id -u) \${PLANTED:-none}" >> ${record}`;
  writeFileSync(
    program,
    `#!/bin/sh\nname=\${0##*/}\nPATH=${SYSTEM_PATH}\n${note}\n[ $name != rg ] || exit 1\nexec "$name" "$@"\n`,
    { mode: 0o755 },
  );
  // ripgrep need not be on this machine: the one here finds nothing.
  const names = new Set(['rg', ...SYSTEM_PATH.split(':').flatMap((one) => readdirSync(one))]);
  for (const name of names) symlinkSync('.program', path.join(folder, name));
}

beforeAll(async () => {
  folders = await TestFolders.create();
  record = path.join(folders.root, 'record');
  writeFileSync(record, '');
  chmodSync(record, 0o666);
  plantPrograms(path.join(folders.root, 'planted'));
  const searchPath = `${path.join(folders.root, 'planted')}:${SYSTEM_PATH}`;
  vi.stubEnv('PATH', searchPath);
  daemon = await startTestDaemon({ shellRefillAfterMs: 1 });
  await daemon.client.send('PUT', '/settings', { json: SETTINGS });
  const { homePath, user } = daemon.folders;
  const profile = path.join(homePath, '.profile');
  writeFileSync(profile, `PATH=${searchPath}; export PATH; who >/dev/null\n`);
  if (isRoot) chownSync(profile, user.uid, user.gid);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await daemon[Symbol.asyncDispose]();
  await folders[Symbol.asyncDispose]();
});

async function send(method: string, route: string, json?: object): Promise<Buffer> {
  const response = await daemon.client.send(method, route, json === undefined ? {} : { json });
  expect(response.status, `${method} ${route} ${response.body}`).toBeLessThan(300);
  return response.body;
}

async function run(input: object): Promise<string> {
  const body = await send('PUT', `/commands/${newId('command')}?wait_ms=30000`, input);
  const ended = command.parse(JSON.parse(body.toString()));
  expect(ended).toMatchObject({ status: 'exited', exit_code: 0 });
  return ended.output;
}

/** Everything by which the daemon has a program run. */
async function useEverything(): Promise<void> {
  const author = '-c user.name=Dev -c user.email=dev@example.com';
  await run({
    command: `git init -q shop; cd shop; echo needle > a; git add a; git ${author} commit -qm First`,
  });
  await run({ argv: ['ls', '/'] });
  await run({ command: `true ${'x'.repeat(200_000)}` });
  await run({ command: 'ls /', terminal: { cols: 80, rows: 24 } });
  await run({ command: 'echo two >> shop/a' });
  const at = { path: 'shop' };
  for (const route of ['status', 'diff', 'log', 'branches', 'stashes'])
    await send('GET', withQuery(`/git/${route}`, at));
  await send('GET', '/git/repositories');
  await send('POST', '/git/stage', { ...at, files: ['a'] });
  await send('POST', '/git/unstage', { ...at, files: ['a'] });
  await send('POST', '/git/stash?wait_ms=30000', { ...at, command_id: newId('command'), do: 'push' });
  for (const mode of ['content', 'name']) await send('GET', withQuery('/search', { q: 'needle', mode }));
  await send('GET', '/files?path=.');
  await send('PUT', '/files/content?path=new');
  await send('POST', '/files/trash', { path: 'new' });
  await send('GET', '/files/archive?path=shop');
  const made = await send('POST', '/checkpoints', { path: 'shop', include_ignored: false });
  const { id } = checkpoint.parse(JSON.parse(made.toString()));
  await send('POST', `/checkpoints/${id}/restore`, {});
  for (const route of ['/ports', '/health', '/ssh/host_key', '/disk']) await send('GET', route);
  const opened = terminal.parse(JSON.parse((await send('POST', '/terminals', { shell: 'bash' })).toString()));
  await send('DELETE', `/terminals/${opened.id}`);
}

describe('programs of the user in the place of every program', () => {
  it.runIf(isRoot)('are run by the daemon as the user, and never as root', async () => {
    await useEverything();
    await until(() => seen('bash').length > 0);
    for (const name of ['git', 'rg', 'bash', 'ls', 'who']) expect(seen(name), name).not.toEqual([]);
    const others = seen().filter(({ uid }) => uid !== daemon.folders.user.uid);
    expect(others).toEqual([]);
    execFileSync(path.join(folders.root, 'planted', 'true'));
    expect(seen('true').at(-1)).toMatchObject({ uid: 0 });
  });

  it('are not told the variables of the workspace where they only look for the page', async () => {
    writeFileSync(record, '');
    await send('GET', withQuery('/git/status', { path: 'shop' }));
    await send('GET', withQuery('/search', { q: 'needle' }));
    // A shell that is kept ready for the next command may read the profile meanwhile.
    const looked = seen().filter(({ name }) => name === 'git' || name === 'rg');
    expect(new Set(looked.map(({ name }) => name))).toEqual(new Set(['git', 'rg']));
    expect(looked.filter(({ secret }) => secret !== 'none')).toEqual([]);
    await run({ argv: ['ls', '/'] });
    expect(seen('ls')).toMatchObject([{ secret: SECRET }]);
  });
});
