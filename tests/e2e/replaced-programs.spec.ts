import { type Command, command } from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import { gitStatus } from '@podex/contracts/git';
import { newId } from '@podex/contracts/ids';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { docker } from '../stack/docker.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  readText,
  runToEnd,
  writeText,
} from '../stack/workspace-actions.ts';

const COMMAND_TIMEOUT_MS = 2_000;
const HANGS = 'while :; do sleep 1000; done';
const FLOODS = 'exec yes';
const GARBAGE = 'exec head -c 100000 /dev/urandom';

let stack: Stack;
let person: Person;
/** Somebody else’s, on the same server. */
let neighbour: { person: Person; workspaceId: string };
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  const other = await stack.signUp();
  neighbour = { person: other, workspaceId: await createRunningWorkspace(other, 'neighbour') };
});

afterAll(async () => {
  if (neighbour) await deleteWorkspace(neighbour.person, neighbour.workspaceId);
  await stack?.stop();
});

beforeEach(async () => {
  id = await createRunningWorkspace(person, 'replaced');
  await runToEnd(person, id, 'git init -q -b main shop && echo needle > shop/a.txt');
});

afterEach(async () => {
  await deleteWorkspace(person, id);
  const { output } = await runToEnd(neighbour.person, neighbour.workspaceId, 'echo undisturbed');
  expect(output).toBe('undisturbed\n');
  const { data } = await stack.admin.client.GET('/api/compute/health');
  expect(data).toMatchObject({ ok: true, servers: [{ status: 'ready', reason: null }] });
});

/** As somebody whose image lets them become root. */
function asRoot(script: string): Promise<string> {
  return docker(['exec', '--user', '0', `podex-${id}`, '/bin/sh', '-ec', script]);
}

/** Puts a script in the place of a program. */
async function replace(program: string, script: string): Promise<void> {
  await asRoot(`rm -f ${program}; printf '#!/bin/sh\\n%s\\n' '${script}' > ${program}; chmod 755 ${program}`);
}

async function runFor(input: { command: string } | { argv: string[] }): Promise<Command> {
  const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', {
    params: { path: { workspace_id: id, command_id: newId('command') }, query: { wait_ms: 30_000 } },
    body: { ...input, timeout_ms: COMMAND_TIMEOUT_MS },
  });
  return command.parse(data);
}

/** The shell that waited already is the one from before; this one takes it. */
const useUpSpareShell = () => runFor({ command: 'true' });

const at = () => ({ path: { workspace_id: id } });
const status = () =>
  person.client.GET('/api/workspaces/{workspace_id}/git/status', {
    params: { ...at(), query: { path: 'shop' } },
  });
const search = () =>
  person.client.GET('/api/workspaces/{workspace_id}/search', { params: { ...at(), query: { q: 'needle' } } });

async function codeOf(request: Promise<unknown>): Promise<string> {
  const failure = await request.catch((error: unknown) => error);
  if (!PodexError.isInstance(failure)) throw new Error(`no error: ${JSON.stringify(failure)}`);
  return failure.code;
}

/** What needs no program of the image. */
async function expectFilesWork(): Promise<void> {
  const text = `saved ${newId('command')}`;
  await writeText(person, id, 'saved.txt', text);
  expect(await readText(person, id, 'saved.txt')).toBe(text);
}

async function expectGitAndSearchWork(): Promise<void> {
  expect(gitStatus.parse((await status()).data).entries).toMatchObject([{ path: 'a.txt' }]);
  expect((await search()).data).toMatchObject({ matches: [{ path: '/home/dev/shop/a.txt' }] });
}

async function openAndCloseTerminal(): Promise<void> {
  const { data } = await person.client.POST('/api/workspaces/{workspace_id}/terminals', {
    params: at(),
    body: { shell: 'bash' },
  });
  const path = { workspace_id: id, terminal_id: data?.id ?? '' };
  const { response } = await person.client.DELETE('/api/workspaces/{workspace_id}/terminals/{terminal_id}', {
    params: { path },
  });
  expect(response.status).toBe(204);
}

async function restart(): Promise<void> {
  const params = { ...at(), query: { wait_ms: 60_000 } };
  await person.client.POST('/api/workspaces/{workspace_id}/stop', { params });
  const { data } = await person.client.POST('/api/workspaces/{workspace_id}/start', { params });
  expect(data).toMatchObject({ status: 'running', reason: null });
}

async function rebuild(): Promise<void> {
  const params = { ...at(), query: { wait_ms: 60_000 } };
  const { data } = await person.client.POST('/api/workspaces/{workspace_id}/rebuild', { params });
  expect(data).toMatchObject({ status: 'running' });
}

describe('root in a workspace who replaces', { timeout: 240_000 }, () => {
  it('bash: commands end by their time and say how, all else works, and a rebuild brings bash back', async () => {
    await replace('/bin/bash', HANGS);
    await useUpSpareShell();
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ status: 'timed_out', output: '' });
    expect(await runFor({ argv: ['echo', 'hi'] })).toMatchObject({ status: 'exited', output: 'hi\n' });
    await openAndCloseTerminal();
    await expectFilesWork();
    await expectGitAndSearchWork();
    await restart();
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ status: 'timed_out' });
    await replace('/bin/bash', FLOODS);
    await useUpSpareShell();
    const flooded = await runFor({ command: 'echo hi' });
    expect(flooded).toMatchObject({ status: 'timed_out', truncated: true });
    expect(flooded.output.length).toBeLessThanOrEqual(65_536);
    await openAndCloseTerminal();
    await replace('/bin/bash', 'exit 1');
    await useUpSpareShell();
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ status: 'exited', exit_code: 1 });
    await openAndCloseTerminal();
    await expectFilesWork();
    await rebuild();
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ status: 'exited', output: 'hi\n' });
    await expectFilesWork();
  });

  it('git and ripgrep: people are told that these are no git and no ripgrep, or that they took too long', async () => {
    for (const script of [GARBAGE, FLOODS]) {
      await replace('/usr/bin/git', script);
      await replace('/usr/bin/rg', script);
      expect(await codeOf(status())).toBe('conflict');
      expect(await codeOf(search())).toBe('conflict');
    }
    await replace('/usr/bin/git', HANGS);
    await replace('/usr/bin/rg', HANGS);
    const [late, found] = await Promise.all([codeOf(status()), search()]);
    expect(late).toBe('timed_out');
    expect(found.data).toMatchObject({ matches: [], truncated: true });
    expect(await asRoot('pgrep -c sleep || true')).toBe('0');
    await expectFilesWork();
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ output: 'hi\n' });
  });

  it('node: the daemon has its own, which nobody can write', async () => {
    await replace('/usr/bin/node', 'exit 1');
    await expect(asRoot('touch /opt/podex/node')).rejects.toThrow(/Read-only|denied/);
    await restart();
    expect(await runFor({ command: 'node --version' })).toMatchObject({ status: 'exited', exit_code: 1 });
    await expectFilesWork();
    await expectGitAndSearchWork();
  });

  it('what every program loads first: with a library that is missing and one that is there it starts and works', async () => {
    await asRoot('echo /nowhere.so > /etc/ld.so.preload');
    await restart();
    await expectFilesWork();
    await expectGitAndSearchWork();
    expect((await runFor({ argv: ['echo', 'hi'] })).output).toMatch(/nowhere\.so.*\nhi\n$/);
    await asRoot(`printf '%s' '${LIBRARY}' > /tmp/l.c; gcc -shared -fPIC -o /usr/lib/l.so /tmp/l.c
      mkdir -m 1777 /loaded; echo /usr/lib/l.so > /etc/ld.so.preload`);
    expect(await runFor({ argv: ['true'] })).toMatchObject({ exit_code: 0 });
    await restart();
    await expectFilesWork();
    await expectGitAndSearchWork();
    await runFor({ argv: ['true'] });
    const loadedBy = await asRoot('ls /loaded');
    expect(loadedBy).toMatch(/^1000-/m);
    await rebuild();
    expect((await runFor({ argv: ['echo', 'hi'] })).output).toBe('hi\n');
  });

  it('the PATH of the profile with nothing: git, search and commands of the page find their programs', async () => {
    await writeText(person, id, '.profile', 'PATH=; export PATH\n');
    await restart();
    await expectGitAndSearchWork();
    expect(await runFor({ command: 'ls shop' })).toMatchObject({ output: 'a.txt\n' });
    expect(await runFor({ argv: ['ls', 'shop'] })).toMatchObject({ output: 'a.txt\n' });
  });
});

describe('root in a workspace who fills', { timeout: 240_000 }, () => {
  it('/tmp: commands, terminals, git, search and saves go on', async () => {
    await asRoot('head -c 3G /dev/zero > /tmp/full || true');
    expect(await asRoot('df --output=avail /tmp | tail -1')).toMatch(/^\s*0$/);
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ output: 'hi\n' });
    expect(await runFor({ command: `true ${'x'.repeat(200_000)}` })).toMatchObject({ exit_code: 0 });
    await openAndCloseTerminal();
    await expectFilesWork();
    await expectGitAndSearchWork();
    await restart();
    expect(await runFor({ command: 'echo hi > /tmp/a && cat /tmp/a' })).toMatchObject({ output: 'hi\n' });
  });
});

describe('root in a workspace who stops or kills what starts its commands', { timeout: 240_000 }, () => {
  it.each(['STOP', 'KILL'])('with %s: the next command but one runs', async (signal) => {
    await asRoot(`kill -${signal} $(pgrep -x start)`);
    await useUpSpareShell();
    await runFor({ argv: ['true'] }).catch(() => undefined);
    expect(await runFor({ command: 'echo hi' })).toMatchObject({ status: 'exited', output: 'hi\n' });
    await openAndCloseTerminal();
    await expectFilesWork();
  });
});

/** Notes as whom and by which program it was loaded. */
const LIBRARY = `
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void loaded(void) {
  char name[64];
  snprintf(name, sizeof name, "/loaded/%d-%d", getuid(), getpid());
  close(open(name, O_CREAT | O_WRONLY, 0600));
}
`;
