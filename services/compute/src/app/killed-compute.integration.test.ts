import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import type { DesiredStatus } from '@podex/contracts/workspaces';
import { pause } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../../tests/stack/free-port.ts';
import { ServiceProcess } from '../../../../tests/stack/service-process.ts';
import { requireTestEngine } from '../../../../tests/stack/test-engine.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { ApiDouble } from '../../testing/api-double.ts';
import { ComputeClient } from '../../testing/compute-client.ts';
import { computeEnvironment } from '../../testing/compute-fixture.ts';
import { type Engine, openEngine } from '../docker/engine.ts';
import { LABEL_STORAGE_KEY } from '../docker/labels.ts';
import { containerName } from '../workspaces/container-spec.ts';

/** Short, so that the next compute need not wait long for what the killed one had taken. */
const LEASE_MS = 4_000;
const SETTLE_TIMEOUT_MS = 60_000;
/** Over the length of a create, which takes about a second. */
const KILL_AFTER_MS = [0, 60, 150, 300, 500, 800];

let api: ApiDouble;
let compute: ServiceProcess;
let client: ComputeClient;
let engine: Engine;
const storage = temporaryFolder('storage');
const workspaces: WorkspaceId[] = [];

beforeAll(async () => {
  const socket = requireTestEngine();
  engine = await openEngine({
    serverId: newId('server'),
    serverName: 'test',
    address: { kind: 'socket', path: socket },
  });
  api = await ApiDouble.start();
  const port = await freePort();
  client = new ComputeClient(port);
  compute = new ServiceProcess({
    name: 'compute',
    command: ['node', 'services/compute/src/main.ts'],
    environment: {
      ...computeEnvironment(api, storage),
      PORT: String(port),
      COMPUTE_LOCAL_DOCKER_SOCKET: socket,
      LOG_LEVEL: 'info',
    },
    healthUrl: `http://127.0.0.1:${port}/health`,
    logDirectory: temporaryFolder('log'),
  });
  await compute.start();
});

afterAll(async () => {
  await compute?.stop();
  for (const id of workspaces) await engine?.containers.remove(containerName(id));
  await api?.stop();
  engine?.close();
  await rm(storage, { recursive: true, force: true });
});

/** Wants something, kills compute in the middle of it, and starts another. */
async function killDuring(id: WorkspaceId, desired: DesiredStatus, afterMs: number): Promise<void> {
  api.want(id, { desired_status: desired });
  await pause(afterMs);
  await compute.kill();
  await compute.start();
}

describe('compute, killed at any moment', () => {
  it('has no part in what runs: whatever was asked for is so in the end, once', {
    timeout: 400_000,
  }, async () => {
    for (const afterMs of KILL_AFTER_MS) {
      const id = api.createWorkspace({ lease_ttl_ms: LEASE_MS, desired_status: 'stopped' });
      workspaces.push(id);
      await api.untilSettled(id, SETTLE_TIMEOUT_MS);
      await killDuring(id, 'running', afterMs);
      expect(await api.untilSettled(id, SETTLE_TIMEOUT_MS)).toMatchObject({ status: 'running' });
      expect(await client.run(id, 'dmesg | head -n 1; echo kept > kept')).toMatch(/gVisor/i);
      await killDuring(id, 'stopped', afterMs / 4);
      expect(await api.untilSettled(id, SETTLE_TIMEOUT_MS)).toMatchObject({ status: 'stopped' });
      await killDuring(id, 'running', afterMs);
      expect(await api.untilSettled(id, SETTLE_TIMEOUT_MS)).toMatchObject({ status: 'running' });
      expect(await client.run(id, 'cat kept')).toBe('kept\n');
      await killDuring(id, 'deleted', afterMs);
      expect(await api.untilSettled(id, SETTLE_TIMEOUT_MS)).toMatchObject({ status: 'deleted' });
    }
    expect(readdirSync(storage)).toEqual(['.podex']);
    const left = await engine.containers.list(LABEL_STORAGE_KEY);
    expect(left.filter(({ labels }) => workspaces.some((id) => Object.values(labels).includes(id)))).toEqual(
      [],
    );
  });
});
