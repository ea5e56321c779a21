import { mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../../tests/stack/free-port.ts';
import { ServiceProcess } from '../../../../tests/stack/service-process.ts';
import { requireTestEngine } from '../../../../tests/stack/test-engine.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { ApiDouble } from '../../testing/api-double.ts';
import { ComputeClient } from '../../testing/compute-client.ts';
import { computeEnvironment, RUNTIME_DIRECTORY } from '../../testing/compute-fixture.ts';
import { type Engine, openEngine } from '../docker/engine.ts';
import { LABEL_WORKSPACE_ID } from '../docker/labels.ts';
import { containerName } from '../workspaces/container-spec.ts';

/** Longer than the whole test may take: what a killed compute held is not waited for. */
const LONG_LEASE_MS = 300_000;
const SETTLE_TIMEOUT_MS = 60_000;
const HANDED_BACK_WITHIN_MS = 2_000;
/** More than one of them takes. */
const CREATIONS = 10;

let api: ApiDouble;
let engine: Engine;
const storage = temporaryFolder('storage');
/** Under a name of its own, so that no compute of other tests takes one of their numbers. */
const runtime = path.join(temporaryFolder('runtime'), 'runtime');
const replicas: { process: ServiceProcess; client: ComputeClient }[] = [];
const workspaces: WorkspaceId[] = [];

async function startReplica(name: string, socket: string) {
  const port = await freePort();
  const process = new ServiceProcess({
    name,
    command: ['node', 'services/compute/src/main.ts'],
    environment: {
      ...computeEnvironment(api, storage),
      COMPUTE_RUNTIME_DIRECTORY: runtime,
      PORT: String(port),
      COMPUTE_LOCAL_DOCKER_SOCKET: socket,
      LOG_LEVEL: 'info',
    },
    healthUrl: `http://127.0.0.1:${port}/health`,
    logDirectory: temporaryFolder('log'),
  });
  await process.start();
  replicas.push({ process, client: new ComputeClient(port) });
}

beforeAll(async () => {
  const socket = requireTestEngine();
  await mkdir(RUNTIME_DIRECTORY, { recursive: true });
  await symlink(RUNTIME_DIRECTORY, runtime);
  engine = await openEngine({
    serverId: newId('server'),
    serverName: 'test',
    address: { kind: 'socket', path: socket },
  });
  api = await ApiDouble.start();
  // One after the other, so that the engine beside both is registered once.
  await startReplica('first', socket);
  await startReplica('second', socket);
});

afterAll(async () => {
  for (const { process } of replicas) await process.stop();
  for (const id of workspaces) await engine?.containers.remove(containerName(id));
  await api?.stop();
  engine?.close();
  await rm(storage, { recursive: true, force: true });
});

/** The numbers of replicas, by the place at the end of their instance’s name, and the workspaces that each works on. */
function heldBy(ids: readonly WorkspaceId[]): WorkspaceId[][] {
  return replicas.map((_replica, number) =>
    ids.filter((id) => api.holderOf(id)?.split('/')[0]?.endsWith(`-${number}`) === true),
  );
}

async function containersOf(ids: readonly WorkspaceId[]): Promise<string[]> {
  const listed = await engine.containers.list(LABEL_WORKSPACE_ID);
  return listed
    .map(({ labels }) => labels[LABEL_WORKSPACE_ID] ?? '')
    .filter((id) => ids.some((own) => own === id));
}

describe('two computes on one api', () => {
  it('share what is created at once; what a killed one held is handed out as soon as it starts again, and nothing of the other', {
    timeout: 300_000,
  }, async () => {
    const ids = Array.from({ length: CREATIONS }, () => api.createWorkspace({ lease_ttl_ms: LONG_LEASE_MS }));
    workspaces.push(...ids);
    const [ofFirst = [], ofSecond = []] = await waitUntil(
      async () => {
        const held = heldBy(ids);
        return held.every((some) => some.length > 0) ? held : undefined;
      },
      { timeoutMs: SETTLE_TIMEOUT_MS, everyMs: 5 },
    );
    const [victim, held] =
      ofFirst.length >= ofSecond.length ? ([0, ofFirst] as const) : ([1, ofSecond] as const);
    await replicas[victim]?.process.kill();
    const abandoned = heldBy(held)[victim] ?? [];
    expect(abandoned.length).toBeGreaterThan(0);
    await replicas[victim]?.process.start();
    const startedAtMs = performance.now();
    await waitUntil(async () => (api.released.length >= abandoned.length ? true : undefined), {
      timeoutMs: SETTLE_TIMEOUT_MS,
      everyMs: 5,
    });
    expect(performance.now() - startedAtMs).toBeLessThan(HANDED_BACK_WITHIN_MS);
    expect(api.released.map(({ id }) => id).sort()).toEqual([...abandoned].sort());
    expect(api.released.every(({ owner }) => owner.split('/')[0]?.endsWith(`-${victim}`))).toBe(true);

    for (const id of ids) {
      expect(await api.untilSettled(id, SETTLE_TIMEOUT_MS)).toMatchObject({ status: 'running' });
    }
    expect((await containersOf(ids)).sort()).toEqual([...ids].sort());
    for (const { client } of replicas) {
      for (const id of ids.slice(0, 2)) expect(await client.run(id, 'echo here')).toBe('here\n');
    }
    for (const id of ids) api.want(id, { desired_status: 'deleted' });
    for (const id of ids) {
      expect(await api.untilSettled(id, SETTLE_TIMEOUT_MS)).toMatchObject({ status: 'deleted' });
    }
    expect(await containersOf(ids)).toEqual([]);
  });
});
