import type { WorkspaceId } from '@podex/contracts/ids';
import {
  CLEARED_NODE_VARIABLES,
  DAEMON_MOUNT_PATH,
  DAEMON_STATE_PATH,
  WORKSPACE_HOME_PATH,
  WORKSPACE_NODE_FLAGS,
} from '@podex/contracts/internal/daemon';
import { WORKSPACE_SIZES, type WorkspaceSize } from '@podex/contracts/workspaces';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import {
  LABEL_IMAGE,
  LABEL_PROTOCOL,
  LABEL_SIZE,
  LABEL_SLOT,
  LABEL_STORAGE_KEY,
  LABEL_VERSION,
  LABEL_WORKSPACE,
  LABEL_WORKSPACE_ID,
} from '../docker/labels.ts';
import { resolvConfPath, WALL_NETWORK } from '../egress/wall-names.ts';
import type { RuntimeVolume } from '../runtime/runtime-volumes.ts';
import { storageFolder } from '../storage/storage-folder.ts';

/**
 * Grows when containers made before can no longer be used: another shape of mounts, or a daemon that this compute cannot speak to.
 * A newer daemon alone is no reason: the container keeps its own, and with it the packages that were installed in it.
 */
export const CONTAINER_PROTOCOL = '4';

/** Between TERM and KILL when a workspace is stopped. */
export const STOP_GRACE_SECONDS = 10;
const MEGABYTE = 1_048_576;
/** gVisor’s own threads count, several for each of the guest’s. The guest itself is limited by `nproc`. */
const PIDS_LIMIT = 8192;
const MAX_USER_PROCESSES = 4096;
const MAX_OPEN_FILES = 1_048_576;
const SHARED_MEMORY_BYTES = 256 * MEGABYTE;

/**
 * What the daemon (root) needs to run things as the user, and what `sudo`, `apt` and servers below port 1024 need. All others are
 * dropped: NET_RAW, MKNOD, SETPCAP and everything that Docker does not give by default. They count inside gVisor’s kernel only.
 */
const CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
];

export interface WorkspaceContainer {
  /** A workspace, or a warm pool until a workspace takes it from there. */
  owner: { id: WorkspaceId; name: string } | { poolId: string };
  image: string;
  size: WorkspaceSize;
  storageKey: string;
}

export function containerName(id: WorkspaceId): string {
  return `podex-${id}`;
}

/** Of a slot of the warm pool, and of the workspace that has taken it until it is renamed. */
export function slotContainerName(storageKey: string): string {
  return `podex-slot-${storageKey}`;
}

/**
 * The container of a workspace. The wall around it is gVisor: therefore `no-new-privileges` is not set (it breaks `sudo`, which a
 * workspace is promised), and the user may be root inside. Nothing secret is in it: the engine shows it to anyone who may ask.
 *
 * It stands on the network that `egress/` puts the wall around. There Docker’s own resolver is at 127.0.0.11, which gVisor does not
 * reach, so it has a `resolv.conf` of the server’s instead.
 */
export function workspaceContainerSpec(
  container: WorkspaceContainer,
  runtime: RuntimeVolume,
  settings: ContainerSettings,
): ContainerSpec {
  const size = WORKSPACE_SIZES[container.size];
  const { owner } = container;
  const workspace = 'poolId' in owner ? undefined : owner;
  return {
    name: workspace === undefined ? slotContainerName(container.storageKey) : containerName(workspace.id),
    Image: container.image,
    Entrypoint: [`${DAEMON_MOUNT_PATH}/node`],
    Cmd: [...WORKSPACE_NODE_FLAGS, `${DAEMON_MOUNT_PATH}/daemon.js`],
    // Nothing secret, and nothing of ours: what an image says to Node does not reach the daemon or the bridge.
    Env: CLEARED_NODE_VARIABLES.map((name) => `${name}=`),
    User: '0:0',
    WorkingDir: '/',
    Hostname: hostnameOf(workspace?.name ?? ''),
    Tty: false,
    StopSignal: 'SIGTERM',
    StopTimeout: STOP_GRACE_SECONDS,
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      [LABEL_WORKSPACE]: 'true',
      ...('poolId' in owner ? { [LABEL_SLOT]: owner.poolId } : { [LABEL_WORKSPACE_ID]: owner.id }),
      [LABEL_STORAGE_KEY]: container.storageKey,
      [LABEL_IMAGE]: container.image,
      [LABEL_SIZE]: container.size,
      [LABEL_VERSION]: runtime.version,
      [LABEL_PROTOCOL]: CONTAINER_PROTOCOL,
    },
    HostConfig: {
      Runtime: settings.runtime,
      // Node as process 1 does not reap orphans.
      Init: true,
      Binds: storageBinds(container.storageKey, settings.storage),
      Mounts: [
        { Type: 'volume', Source: runtime.name, Target: DAEMON_MOUNT_PATH, ReadOnly: true },
        {
          Type: 'bind',
          Source: resolvConfPath(settings.storage),
          Target: '/etc/resolv.conf',
          ReadOnly: true,
        },
      ],
      NetworkMode: WALL_NETWORK,
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      Privileged: false,
      NanoCpus: size.cpu * 1_000_000_000,
      Memory: size.memory_mb * MEGABYTE,
      MemorySwap: size.memory_mb * MEGABYTE,
      PidsLimit: PIDS_LIMIT,
      ShmSize: SHARED_MEMORY_BYTES,
      Ulimits: [
        { Name: 'nofile', Soft: MAX_OPEN_FILES, Hard: MAX_OPEN_FILES },
        { Name: 'nproc', Soft: MAX_USER_PROCESSES, Hard: MAX_USER_PROCESSES },
      ],
      IpcMode: 'private',
      CgroupnsMode: 'private',
      PublishAllPorts: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
      ...(settings.cgroupParent === undefined ? {} : { CgroupParent: settings.cgroupParent }),
    },
  };
}

/** The engine makes the folders when they are missing. */
function storageBinds(storageKey: string, storage: string): string[] {
  const folder = storageFolder(storageKey, storage);
  return [`${folder}/home:${WORKSPACE_HOME_PATH}`, `${folder}/state:${DAEMON_STATE_PATH}`];
}

function hostnameOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'workspace' : slug;
}
