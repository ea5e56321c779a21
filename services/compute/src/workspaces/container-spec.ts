import type { WorkspaceId } from '@podex/contracts/ids';
import {
  CLEARED_NODE_VARIABLES,
  DAEMON_MOUNT_PATH,
  DAEMON_STATE_PATH,
  OWN_DISK_OPTION,
  WORKSPACE_HOME_PATH,
  WORKSPACE_NODE_FLAGS,
} from '@podex/contracts/internal/daemon';
import { WORKSPACE_SIZES, type WorkspaceSize } from '@podex/contracts/workspaces';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec, HostSpec } from '../docker/containers.ts';
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
import { macAddressOf } from '../egress/policy-rules.ts';
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
const THREADS_PER_PROCESS = 2;
const MAX_OPEN_FILES = 1_048_576;
const SHARED_MEMORY_BYTES = 256 * MEGABYTE;
/** What is in /tmp is memory of the workspace, which ends when that runs out: a full /tmp says so instead. */
const TMP_SHARE_OF_MEMORY = 0.5;

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
  /** Of its user. */
  maxProcesses: number;
  /** The engine makes the folders of its files; otherwise they are there, and without them it does not start. */
  makesFolders?: boolean;
  /** They lie on a disk of its own; its people are shown how full that is. */
  hasOwnDisk?: boolean;
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
  const macAddress = macAddressOf(container.storageKey);
  return {
    name: workspace === undefined ? slotContainerName(container.storageKey) : containerName(workspace.id),
    Image: container.image,
    Entrypoint: [`${DAEMON_MOUNT_PATH}/start`],
    Cmd: [
      ...[`${DAEMON_MOUNT_PATH}/node`, ...WORKSPACE_NODE_FLAGS, `${DAEMON_MOUNT_PATH}/daemon.js`],
      ...(container.hasOwnDisk === true ? [`--${OWN_DISK_OPTION}`] : []),
    ],
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
    MacAddress: macAddress,
    NetworkingConfig: { EndpointsConfig: { [WALL_NETWORK]: { MacAddress: macAddress } } },
    HostConfig: {
      Runtime: settings.runtime,
      // Node as process 1 does not reap orphans.
      Init: true,
      ...(container.makesFolders === true
        ? { Binds: storageBinds(container.storageKey, settings.storage) }
        : {}),
      Mounts: [
        ...(container.makesFolders === true ? [] : storageMounts(container.storageKey, settings.storage)),
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
      PidsLimit: container.maxProcesses * THREADS_PER_PROCESS,
      ShmSize: SHARED_MEMORY_BYTES,
      // Not /run, where images keep folders of their own. Without `exec` the engine forbids programs there.
      Tmpfs: { '/tmp': `size=${size.memory_mb * TMP_SHARE_OF_MEMORY}m,mode=1777,exec,nosuid,nodev` },
      Ulimits: [
        { Name: 'nofile', Soft: MAX_OPEN_FILES, Hard: MAX_OPEN_FILES },
        { Name: 'nproc', Soft: container.maxProcesses, Hard: container.maxProcesses },
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

/** Never made by the engine: where a disk should be mounted, it would show an empty folder. */
function storageMounts(storageKey: string, storage: string): NonNullable<HostSpec['Mounts']> {
  return filesOf(storageKey, storage).map(({ source, target }) => ({
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: false,
  }));
}

function storageBinds(storageKey: string, storage: string): string[] {
  return filesOf(storageKey, storage).map(({ source, target }) => `${source}:${target}`);
}

function filesOf(storageKey: string, storage: string) {
  const folder = storageFolder(storageKey, storage);
  return [
    { source: `${folder}/home`, target: WORKSPACE_HOME_PATH },
    { source: `${folder}/state`, target: DAEMON_STATE_PATH },
  ];
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
