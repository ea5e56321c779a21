import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { findIn, findInFiles } from '../stack/secret-scan.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { beginCommand, deleteWorkspace, runToEnd, writeText } from '../stack/workspace-actions.ts';

const PORT = 9418;
const HOST = `127.0.0.1:${PORT}`;
const TOKEN = `planted-git-${randomBytes(20).toString('hex')}`;
const BASIC = Buffer.from(`octo:${TOKEN}`).toString('base64');
const DIGEST = createHash('sha256').update(`Basic ${BASIC}`).digest('hex');
const MAKE_REMOTE = [
  'mkdir -p ~/served && cd ~/served && git init -q --bare -b main shop.git',
  'git -C shop.git config http.receivepack true',
  'git init -q -b main first && cd first && git config user.email a@b.c && git config user.name A',
  'echo one > a.txt && git add . && git commit -qm First && git push -q ../shop.git main && cd .. && rm -rf first',
].join(' && ');

/** While git fetches, and after. Processes of others show nothing to this user, as they would to a thief. */
const LOOK = `
git -C ~/shop fetch --quiet &
while kill -0 $! 2>/dev/null; do
  cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | grep -aFf /dev/shm/wanted
done
grep -rlaFf /dev/shm/wanted /home /tmp /run /etc 2>/dev/null
cat /dev/shm/wanted > ~/control && grep -laFf /dev/shm/wanted ~/control | grep -q control && rm ~/control && echo looked
`;

let stack: Stack;
let person: Person;
let workspaceId: string;
const at = () => ({ workspace_id: workspaceId });

/** The remote is inside the workspace itself, as a test machine has no other host. */
beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  await person.client.PUT('/api/git_credentials/{git_host}', {
    params: { path: { git_host: HOST } },
    body: { username: 'octo', token: TOKEN, allow_http: true },
  });
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name: 'git', size: 'small', git_url: `http://${HOST}/shop.git` },
  });
  workspaceId = data?.id ?? '';
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
});

/** Logs, and the storage of workspaces; not the images of disks that hold the same again. */
function writtenFolders(): string[] {
  const storage = path.join(stack.logDirectory, 'workspaces');
  const logs = readdirSync(stack.logDirectory).filter((name) => name !== 'workspaces');
  const homes = readdirSync(storage).filter((name) => !name.startsWith('.'));
  expect([logs.includes('api.log'), homes.length]).toEqual([true, 1]);
  return [
    ...logs.map((name) => path.join(stack.logDirectory, name)),
    ...homes.map((name) => path.join(storage, name)),
  ];
}

async function untilSetUp(status: 'failed' | 'done') {
  return waitUntil(
    async () => {
      const { data } = await person.client.GET('/api/workspaces/{workspace_id}', { params: { path: at() } });
      return data?.setup?.status === status ? data.setup : undefined;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}

describe('git in a workspace', { timeout: 120_000 }, () => {
  it('clones a private repository at its creation, with a credential that it asks for', async () => {
    await untilSetUp('failed');
    await runToEnd(person, workspaceId, MAKE_REMOTE);
    const program = await readFile(path.join(import.meta.dirname, '../doubles/git/git-server.py'), 'utf8');
    await writeText(person, workspaceId, 'git-server.py', program);
    await beginCommand(person, workspaceId, `exec python3 git-server.py ~/served ${PORT} ${DIGEST}`);
    await runToEnd(
      person,
      workspaceId,
      `until (exec 3<>/dev/tcp/127.0.0.1/${PORT}) 2>/dev/null; do sleep 0.1; done`,
    );
    await person.client.POST('/api/workspaces/{workspace_id}/setup/retry', { params: { path: at() } });
    await untilSetUp('done');
    expect((await runToEnd(person, workspaceId, 'cat shop/a.txt; git -C shop remote -v')).output).toBe(
      `one\norigin\thttp://${HOST}/shop.git (fetch)\norigin\thttp://${HOST}/shop.git (push)\n`,
    );
  });

  it('commits and pushes through the API, and from a terminal’s shell', async () => {
    await runToEnd(person, workspaceId, 'cd shop && git config user.email a@b.c && git config user.name A');
    await writeText(person, workspaceId, 'shop/a.txt', 'two\n');
    const body = { path: 'shop' };
    const query = { wait_ms: 60_000 };
    await person.client.POST('/api/workspaces/{workspace_id}/git/stage', {
      params: { path: at() },
      body: { ...body, files: ['a.txt'] },
    });
    await person.client.POST('/api/workspaces/{workspace_id}/git/commit', {
      params: { path: at(), query },
      body: { ...body, command_id: newId('command'), message: 'Second' },
    });
    const pushed = await person.client.POST('/api/workspaces/{workspace_id}/git/push', {
      params: { path: at(), query },
      body: { ...body, command_id: newId('command') },
    });
    expect(pushed.data).toMatchObject({ status: 'exited', exit_code: 0 });
    const log = await runToEnd(
      person,
      workspaceId,
      'git -C served/shop.git log --format=%s; git -C shop fetch 2>&1 && echo fetched',
    );
    expect(log.output).toBe('Second\nFirst\nfetched\n');
    const status = await person.client.GET('/api/workspaces/{workspace_id}/git/status', {
      params: { path: at(), query: { path: 'shop' } },
    });
    expect(status.data).toMatchObject({ branch: 'main', ahead: 0, behind: 0, entries: [] });
  });

  it('leaves the credential nowhere: in no file, environment, command line, log or row', async () => {
    const hex = Buffer.from(`${TOKEN}\n${BASIC}\n`).toString('hex');
    await writeText(person, workspaceId, 'look.sh', LOOK);
    // Put together inside, so that the command that looks is not what it finds.
    const wanted = `python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex("${hex}"))' > /dev/shm/wanted`;
    const { output } = await runToEnd(person, workspaceId, `${wanted}; bash look.sh; rm /dev/shm/wanted`);
    expect(output).toBe('looked\n');
    expect(await findInFiles([...writtenFolders(), stack.postgres.directory], [TOKEN, BASIC])).toEqual([]);
    expect(findIn(await stack.postgres.dump(), [TOKEN, BASIC])).toEqual([]);
  });

  it('says at git why there is none, once it is taken away', async () => {
    await person.client.DELETE('/api/git_credentials/{git_host}', { params: { path: { git_host: HOST } } });
    const failed = await person.client
      .POST('/api/workspaces/{workspace_id}/git/fetch', {
        params: { path: at(), query: { wait_ms: 60_000 } },
        body: { path: 'shop', command_id: newId('command') },
      })
      .catch((error) => error);
    expect(failed).toMatchObject({
      code: 'git_failed',
      message: expect.stringContaining('could not read Username'),
    });
  });
});
