import { newId } from '@podex/contracts/ids';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { ContainerSettings } from '../src/config.ts';
import type { Container } from '../src/docker/containers.ts';
import { LABEL_IMAGE, LABEL_PROTOCOL, LABEL_SIZE, LABEL_STORAGE_KEY } from '../src/docker/labels.ts';
import { CONTAINER_PROTOCOL } from '../src/workspaces/container-spec.ts';

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
    attempts: 0,
    rebuild_of: null,
    interruption: null,
    ...fields,
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
    state: 'running',
    createdAtMs: 0,
    startedAt: 'first',
    exitCode: 0,
    isOutOfMemory: false,
    startError: '',
    runtime: 'runsc',
    networks: {},
    labels: {
      [LABEL_IMAGE]: task.image ?? 'podex/workspace:latest',
      [LABEL_SIZE]: task.size,
      [LABEL_STORAGE_KEY]: task.storage_key,
      [LABEL_PROTOCOL]: CONTAINER_PROTOCOL,
    },
    ...fields,
  };
}
