import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { type CheckpointId, newId } from '@podex/contracts/ids';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../tests/stack/workspace-actions.ts';
import { type Measured, measureInTurns } from './statistics.ts';

/**
 * `node bench/checkpoints.ts [--quick]`: checkpoints of a project of 10,000 files in gVisor through the public API, against
 * `git add -A && git write-tree` of the same files in the same workspace, each with its own round trip. Needs
 * PODEX_TEST_DOCKER_SOCKET.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 3 : 15;
const CHANGED = 20;

/** By one process: ten thousand would take minutes in gVisor. */
const MAKE = `mkdir -p project && cd project && git init -q . && python3 - <<'END'
import os
for d in range(1, 501):
    folder = f'a{d % 10}/b{d}'
    os.makedirs(folder)
    for f in range(1, 21):
        with open(f'{folder}/file{f}.ts', 'w') as out:
            out.write(''.join(f'{n}\\n' for n in range(1, f + 41)))
END`;
const ADD = 'cd project && git add -A && git write-tree';

const stack = await startStack({ dockerSocket: requireTestEngine() });
try {
  const person = await stack.signUp();
  const workspaceId = await createRunningWorkspace(person, 'checkpoints');
  const params = { path: { workspace_id: workspaceId } };
  const shell = async (line: string) => {
    const { exit_code: code, output } = await runToEnd(person, workspaceId, line);
    if (code !== 0) throw new Error(output);
  };
  const take = async (): Promise<CheckpointId> => {
    const { data } = await person.client.POST('/api/workspaces/{workspace_id}/checkpoints', {
      params,
      body: { id: newId('checkpoint'), path: 'project', include_ignored: false },
    });
    if (data === undefined) throw new Error('No checkpoint was made.');
    return data.id as CheckpointId;
  };
  const change = () =>
    shell(`cd project && for d in $(seq ${CHANGED}); do date +%N >> a$((d % 10))/b$d/file1.ts; done`);
  await shell(MAKE);
  console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, Linux ${release()}\n`);
  console.log('| Measure (ms) | Podex p50 / p95 | git p50 / p95 | Ratio p50 |\n|---|---|---|---|');
  print(
    'First checkpoint of 10,000 files',
    await measureInTurns(1, { raw: () => shell(ADD), ours: async () => void (await take()) }),
  );
  print(
    `Checkpoint with ${CHANGED} of them changed`,
    await measureInTurns(rounds, {
      raw: async () => {
        await shell(ADD);
        return change;
      },
      ours: async () => {
        await take();
        return change;
      },
    }),
  );
  let last = await take();
  print(
    `Restore ${CHANGED} changed files, against git checkout-index`,
    await measureInTurns(rounds, {
      raw: async () => {
        await shell('cd project && git checkout-index -f -a -q');
        return change;
      },
      ours: async () => {
        await person.client.POST('/api/workspaces/{workspace_id}/checkpoints/{checkpoint_id}/restore', {
          params: { path: { ...params.path, checkpoint_id: last } },
          body: { before_id: newId('checkpoint') },
        });
        return async () => {
          last = await take();
          await change();
        };
      },
    }),
  );
  await deleteWorkspace(person, workspaceId);
} finally {
  await stack.stop();
}

function print(name: string, { ours, raw }: Measured): void {
  const text = ({ p50, p95 }: Measured['ours']) => `${p50.toFixed(0)} / ${p95.toFixed(0)}`;
  console.log(`| ${name} | ${text(ours)} | ${text(raw)} | ${(ours.p50 / raw.p50).toFixed(2)} |`);
}
