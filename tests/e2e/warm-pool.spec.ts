import { newId } from '@podex/contracts/ids';
import { pool } from '@podex/contracts/pool';
import { workspace as workspaceShape } from '@podex/contracts/workspaces';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { deleteWorkspace, runToEnd } from '../stack/workspace-actions.ts';

const FILL_TIMEOUT_MS = 90_000;

let stack: Stack;
let person: Person;

beforeAll(async () => {
  stack = await startStack({
    dockerSocket: requireTestEngine(),
    computeEnvironment: { COMPUTE_WARM_POOL_SIZE: '2' },
  });
  person = await stack.signUp();
}, 120_000);

afterAll(async () => {
  await stack?.admin.client.PATCH('/api/admin/settings', { body: { warm_pool_size: 0 } });
  if (stack !== undefined) await untilPool((seen) => seen.ready + seen.filling + seen.removing === 0);
  await stack?.stop();
}, 120_000);

async function readPool() {
  return pool.parse((await stack.admin.client.GET('/api/admin/pool')).data);
}

async function untilPool(isReached: (seen: Awaited<ReturnType<typeof readPool>>) => boolean) {
  return waitUntil(
    async () => {
      const seen = await readPool();
      return isReached(seen) ? seen : undefined;
    },
    { timeoutMs: FILL_TIMEOUT_MS, everyMs: 50 },
  );
}

async function create(name: string, env: Record<string, string> = {}) {
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name, size: 'small', env },
  });
  return workspaceShape.parse(data);
}

describe('the warm pool', { timeout: 180_000 }, () => {
  it('gives a new workspace a container that runs already, with its owner’s settings, and is filled again', async () => {
    const before = await untilPool(({ ready }) => ready === 2);
    expect(before).toMatchObject({ wanted: 2, filling: 0, is_kept: true, last_failure: null });
    const startedAt = performance.now();
    const made = await create('Warm', { GREETING: 'hello' });
    const took = performance.now() - startedAt;
    expect(made).toMatchObject({ status: 'running', started_from: 'pool', reason: null });
    const line = 'echo $GREETING; id -un; pwd; echo mine > mine; cat mine; ls -A';
    const ended = await runToEnd(person, made.id, line, newId('command'));
    console.log(
      `create ${took.toFixed(0)} ms, with the first command ${(performance.now() - startedAt).toFixed(0)} ms`,
    );
    expect(ended.output.startsWith('hello\ndev\n/home/dev\nmine\n')).toBe(true);
    await untilPool(({ ready }) => ready === 2);
    await deleteWorkspace(person, made.id);
  });
});
