import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { newId } from '@podex/contracts/ids';
import { LABEL_WORKSPACE, LABEL_WORKSPACE_ID } from '../../services/compute/src/docker/labels.ts';
import { ApiDouble } from '../../services/compute/testing/api-double.ts';
import { startDockerDouble } from '../../tests/doubles/docker/docker-double.ts';

// A process of its own, so that what the others cost is not counted with compute: an api and the engines of a fleet.

const { values } = parseArgs({ options: { servers: { type: 'string' }, workspaces: { type: 'string' } } });
const servers = Number(values.servers);
const workspacesEach = Number(values.workspaces);

const SIZE = { cpus: 64, memoryMb: 262_144, diskGb: 4_000 };
/** Every second server has so much more than the average, the others so much less. */
const UNEVEN = 0.4;
/** Of a small workspace. */
const EACH = { cpu: 1, memoryMb: 2_048, diskGb: 10 };

const folder = await mkdtemp(path.join(tmpdir(), 'podex-fleet-'));
const api = await ApiDouble.start();
const engines = await Promise.all(Array.from({ length: servers }, (_, index) => startServer(index)));
process.send?.({ baseUrl: api.baseUrl, token: api.token });

process.once('disconnect', async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  await api.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
});

async function startServer(index: number) {
  const name = `ws-${index}`;
  const socket = path.join(folder, `${index}.sock`);
  const workspaces = Math.round(workspacesEach * (index % 2 === 0 ? 1 - UNEVEN : 1 + UNEVEN));
  api.addServer({
    name,
    docker_socket: socket,
    total_cpu: SIZE.cpus,
    total_memory_mb: SIZE.memoryMb,
    total_disk_gb: SIZE.diskGb,
    workspaces,
    reserved_cpu: workspaces * EACH.cpu,
    reserved_memory_mb: workspaces * EACH.memoryMb,
    reserved_disk_gb: workspaces * EACH.diskGb,
  });
  const containers = Array.from({ length: workspaces }, () => ({
    id: randomBytes(32).toString('hex'),
    labels: { [LABEL_WORKSPACE]: 'true', [LABEL_WORKSPACE_ID]: newId('workspace') },
  }));
  return startDockerDouble({ socket, name, ...SIZE, containers });
}
