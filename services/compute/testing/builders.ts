import { newId } from '@podex/contracts/ids';
import type { ServerRecord, WorkspaceTask } from '@podex/contracts/internal/compute';
import type { ContainerSettings } from '../src/config.ts';
import type { Container } from '../src/docker/containers.ts';
import { LABEL_IMAGE, LABEL_PROTOCOL, LABEL_SIZE, LABEL_STORAGE_KEY } from '../src/docker/labels.ts';
import { macAddressOf } from '../src/egress/policy-rules.ts';
import { WALL_NETWORK } from '../src/egress/wall-names.ts';
import { CONTAINER_PROTOCOL, containerName } from '../src/workspaces/container-spec.ts';

/** A task as api gives it; a test names what matters to it. */
export function taskOf(fields: Partial<WorkspaceTask> = {}): WorkspaceTask {
  return {
    id: newId('workspace'),
    version: 1,
    lease_token: 'lease-of-the-test',
    lease_ttl_ms: 30_000,
    name: 'Shop frontend',
    desired_status: 'running',
    status: 'creating',
    image: null,
    size: 'small',
    server_id: null,
    storage_key: 'key-of-the-test',
    region: null,
    region_match: 'required',
    required_labels: {},
    started_from: 'cold',
    is_first_start: true,
    container_id: null,
    attempts: 0,
    network: { mode: 'open', pending: false },
    rebuild_of: null,
    interruption: null,
    ...fields,
  };
}

/** A registered server as api gives it; what its engine says fits what is registered. */
export function serverRecordOf(fields: Partial<ServerRecord> = {}): ServerRecord {
  const record = {
    id: newId('server'),
    name: 'ws-1',
    hostname: 'localhost',
    docker_port: 2376,
    tls_ca_path: null,
    tls_cert_path: null,
    tls_key_path: null,
    enrolled: false,
    docker_socket: null,
    total_cpu: 64,
    total_memory_mb: 262_144,
    total_disk_gb: 100,
    labels: {},
    region: null,
    engine_id: null,
    status: 'pending' as const,
    workspaces: 0,
    reserved_cpu: 0,
    reserved_memory_mb: 0,
    reserved_disk_gb: 0,
    version: 1,
    leftovers: [],
    ...fields,
  };
  return {
    usable_cpu: record.total_cpu,
    usable_memory_mb: record.total_memory_mb,
    usable_disk_gb: record.total_disk_gb,
    ...record,
  };
}

export function settingsOf(fields: Partial<ContainerSettings> = {}): ContainerSettings {
  return {
    runtime: 'runsc',
    defaultImage: 'podex/workspace:latest',
    storage: '/mnt/data/workspaces',
    cgroupParent: undefined,
    dnsServers: undefined,
    ...fields,
  };
}

/** A container that was made for the task as it is. */
export function containerOf(task: WorkspaceTask, fields: Partial<Container> = {}): Container {
  return {
    id: 'c0ffee',
    name: containerName(task.id),
    imageId: 'sha256:0',
    state: 'running',
    createdAtMs: 0,
    startedAt: 'first',
    exitCode: 0,
    isOutOfMemory: false,
    startError: '',
    runtime: 'runsc',
    networks: { [WALL_NETWORK]: '10.0.0.2' },
    macAddress: macAddressOf(task.storage_key),
    labels: {
      [LABEL_IMAGE]: task.image ?? 'podex/workspace:latest',
      [LABEL_SIZE]: task.size,
      [LABEL_STORAGE_KEY]: task.storage_key,
      [LABEL_PROTOCOL]: CONTAINER_PROTOCOL,
    },
    ...fields,
  };
}
