import path from 'node:path';
import { checkpoint, checkpointList } from '@podex/contracts/checkpoints';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, readText, runToEnd } from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const CLI = path.resolve(import.meta.dirname, '../../apps/cli/src/main.ts');

let stack: Stack;
let owner: Person;
let workspaceId: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  owner = await stack.signUp();
  workspaceId = await createRunningWorkspace(owner, 'checkpoints');
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(owner, workspaceId);
  await stack?.stop();
});

/** `podex checkpoints` as the owner types it. */
async function podex(...words: string[]): Promise<string> {
  const home = temporaryFolder('cli');
  const { stdout } = await execa(process.execPath, [CLI, 'checkpoints', ...words], {
    extendEnv: false,
    input: '',
    env: {
      PATH: process.env.PATH,
      PODEX_HOME: home,
      XDG_CONFIG_HOME: home,
      PODEX_API_PORT: new URL(stack.apiUrl).port,
      PODEX_TOKEN: owner.token,
    },
  });
  return stdout;
}

const shell = async (script: string) => (await runToEnd(owner, workspaceId, script)).output;

it('keeps what a shell made in gVisor, shows what changed, restores it and takes that back, also after a stop', async () => {
  await shell(
    `mkdir project && cd project && git init -q . && echo one > a.txt && mkdir sub && echo two > sub/b.txt
    && echo ignored > c.log && echo '*.log' > .gitignore && git add a.txt`.replaceAll('\n', ' '),
  );
  const made = checkpoint.parse(
    JSON.parse(await podex('create', 'checkpoints', '--path', 'project', '--label', 'A start', '--json')),
  );
  expect(made).toMatchObject({ label: 'A start', files: 3, path: '/home/dev/project', skipped_count: 0 });
  const index = await shell('cd project && sha256sum .git/index && git ls-files');

  await shell('cd project && rm -r sub && echo changed >> a.txt && touch later.txt c.log');
  expect((await podex('diff', 'checkpoints', made.id)).split('\n')).toEqual([
    'M /home/dev/project/a.txt  +1 -0',
    'A /home/dev/project/later.txt  +0 -0',
    'D /home/dev/project/sub/b.txt  +0 -1',
  ]);

  // The container is made again: what is known of the files by then is only what the store says.
  const params = { path: { workspace_id: workspaceId }, query: { wait_ms: 60_000 } };
  await owner.client.POST('/api/workspaces/{workspace_id}/stop', { params });
  await owner.client.POST('/api/workspaces/{workspace_id}/start', { params });
  expect(await podex('restore', 'checkpoints', made.id, '--yes')).toContain('3 written, 1 deleted');
  expect(await shell('cd project && cat a.txt sub/b.txt c.log && ls')).toBe(
    'one\ntwo\nignored\na.txt\nc.log\nsub\n',
  );
  expect(await shell('cd project && sha256sum .git/index && git ls-files')).toBe(index);

  const list = checkpointList.parse(JSON.parse(await podex('list', 'checkpoints', '--json')));
  expect(list.items.map(({ origin }) => origin)).toEqual(['restore', 'person']);
  await podex('restore', 'checkpoints', list.items[0]?.id ?? '', '--yes');
  expect(await readText(owner, workspaceId, 'project/a.txt')).toBe('one\nchanged\n');
  expect(await shell('ls project')).toBe('a.txt\nc.log\nlater.txt\n');
  expect(await shell('ls /var/lib/podex/checkpoints 2>&1; true')).toContain('Permission denied');
  await podex('delete', 'checkpoints', made.id);
  expect(await podex('list', 'checkpoints')).not.toContain(made.id);
});
